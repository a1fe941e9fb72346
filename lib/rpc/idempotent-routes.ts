/** What is kept of one server's routes, in characters: enough for 10,000 of a usual length. */
const MAX_SIZE = 1024 * 1024;

/** What a route costs beside its characters, so that many short ones are bounded as well. */
const COST = 64;

/**
 * The routes that the server of one connection has called idempotent. It may say what it likes, so what is beyond the bound is
 * not kept: calls of that are not made again, as if nothing had been said of them.
 *
 * Until it has spoken, what the one before it said stands: a connection that a dying server still accepts is lost with nothing
 * said, and with it the calls that go on there.
 */
export class IdempotentRoutes {
  private readonly routes = new Set<string>();
  private size = 0;
  /** Of the last server that has spoken. */
  private before: IdempotentRoutes | undefined;

  /** @param last those of the connection before. */
  constructor(last?: IdempotentRoutes) {
    this.before = last?.before ?? last;
  }

  /** The server has had its say. */
  spoken(): void {
    this.before = undefined;
  }

  add(route: string): void {
    const size = this.size + COST + route.length;
    if (size > MAX_SIZE || this.routes.has(route)) return;
    this.size = size;
    this.routes.add(route);
  }

  has(route: string): boolean {
    return this.routes.has(route) || this.before?.has(route) === true;
  }
}
