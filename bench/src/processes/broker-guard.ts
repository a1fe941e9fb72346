// Runs a broker, and ends it when the harness is gone: a broker on its own would outlive a harness that was killed.
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

const [file, ...args] = process.argv.slice(2);
// Quiet: one of them logs its start to stderr. What went wrong shows when it is run by hand.
const broker = spawn(file!, args, { cwd: tmpdir(), stdio: 'ignore' });

broker.on('error', () => process.exit(1));
broker.on('exit', (code) => process.exit(code ?? 1));
broker.on('spawn', () => process.send!(broker.pid));
process.on('disconnect', () => broker.kill('SIGKILL'));
process.on('SIGINT', () => undefined);
