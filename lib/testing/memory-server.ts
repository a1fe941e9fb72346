import { EventEmitter } from 'node:events';

import { type MemorySocket, systemError } from './memory-socket.js';

/** Where servers are known by their address. Throws what Node's `listen()` fails with. */
export interface Directory {
  add(server: MemoryServer, address: MemoryAddress): MemoryAddress;
  remove(server: MemoryServer): void;
}

export interface MemoryAddress {
  readonly port?: number;
  readonly path?: string;
}

/** As much of a `net.Server` as this package, and most users, look at. */
export class MemoryServer extends EventEmitter {
  listening = false;
  /** It takes no more connections, and waits for those it has. */
  private closing = false;
  private readonly sockets = new Set<MemorySocket>();
  private own: MemoryAddress = {};

  constructor(private readonly directory: Directory) {
    super();
  }

  listen(address: MemoryAddress, listening?: () => void): this {
    if (this.listening) throw systemError('ERR_SERVER_ALREADY_LISTEN', 'listen');
    if (listening) this.once('listening', listening);
    try {
      this.own = this.directory.add(this, address);
      this.listening = true;
      queueMicrotask(() => this.emit('listening'));
    } catch (error) {
      queueMicrotask(() => this.emit('error', error));
    }
    return this;
  }

  address(): { address: string; family: string; port: number } | string | null {
    if (!this.listening) return null;
    return this.own.path ?? { address: '127.0.0.1', family: 'IPv4', port: this.own.port! };
  }

  /** Takes no more connections. Calls back once the last is closed. */
  close(closed?: () => void): this {
    if (!this.listening && !this.closing) {
      if (closed) queueMicrotask(closed);
      return this;
    }
    if (closed) this.once('close', closed);
    this.listening = false;
    this.closing = true;
    this.directory.remove(this);
    this.closeIfIdle();
    return this;
  }

  /** A client has connected. */
  accept(socket: MemorySocket): void {
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.closeIfIdle();
    });
    this.emit('connection', socket);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  private closeIfIdle(): void {
    if (!this.closing || this.sockets.size > 0) return;
    this.closing = false;
    queueMicrotask(() => this.emit('close'));
  }
}
