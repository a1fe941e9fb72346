import { ErrorCode, HANDLER_FAILED, InvalidContractError, type Status } from '../../errors/index.js';
import type { FrameSink } from '../../wire/index.js';
import type { ErrorArm } from './failures.js';
import { reasonOf } from './reason-of.js';
import type { Side } from './side.js';

/** Any of these may have to be told. */
const failures = [HANDLER_FAILED, ...Object.values(ErrorCode)].map((code) => ({ code, message: 'Not handled' }));

/**
 * Puts failures into their arm, and looks for them there. At the start, since later nobody would be told of a failure that
 * cannot be told. An `encode` has to fit for some of them: what it is for may be no more than what handlers throw.
 *
 * @param write Answers what kept a failure out of the arm, if something did.
 * @throws InvalidContractError for an arm without a place for them.
 */
export function tryErrorArm(error: ErrorArm, side: Side, write: (failure: Status, out: FrameSink) => unknown): void {
  const misfits = failures.flatMap((failure) => {
    const reason = misfitOf(failure, error, side, write);
    return reason === undefined ? [] : [{ failure, reason }];
  });
  const [first] = misfits;
  if (!first || (error.encode && misfits.length < failures.length)) return;
  throw new InvalidContractError(
    `Failures such as ${first.failure.code} do not fit into the arm ${JSON.stringify(error.arm)} of the response` +
      `${side.whereIs?.(error.arm) ?? ''}: ${reasonOf(first.reason)}` +
      (error.encode ? '' : '. Say with `encode` what it has for them'),
    first.reason,
  );
}

function misfitOf(
  failure: Status,
  error: ErrorArm,
  side: Side,
  write: (failure: Status, out: FrameSink) => unknown,
): unknown {
  const out = new OneFrame();
  const misfit = write(failure, out);
  if (misfit !== undefined) return misfit;
  const taken = side.arms.take(side.format.read(out.bytes, 0, out.bytes.length));
  return error.encode || isToldBy(taken?.body, failure) ? undefined : 'their message is lost';
}

function isToldBy(payload: unknown, failure: Status): boolean {
  const { code, message } = Object(payload) as Partial<Status>;
  if (payload === failure.message || message === failure.message || code === failure.code) return true;
  // That there is one is all that it says.
  return typeof payload === 'object' && payload !== null && Object.keys(payload).length === 0;
}

/** Holds what was written last. */
class OneFrame implements FrameSink {
  bytes: Buffer = Buffer.alloc(0);

  reserve(length: number): number {
    this.bytes = Buffer.alloc(length);
    return 0;
  }

  commit(end: number): void {
    this.bytes = this.bytes.subarray(0, end);
  }
}
