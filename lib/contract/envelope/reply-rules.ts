import { InvalidContractError } from '../../errors/index.js';
import { type ErrorArm, errorArmOf } from './failures.js';
import type { RouteOptions } from './routes.js';
import type { Side } from './side.js';

/** How the replies of a route look. */
export interface ReplyRule {
  readonly isStream: boolean;
  /** Nothing: the reply is the whole response. */
  readonly arm: string | undefined;
  /** Nothing: a failure is a Cancel. */
  readonly error: ErrorArm | undefined;
}

export interface ReplyRulesOptions {
  readonly requests: Side;
  readonly replies: Side;
  readonly routes?: Readonly<Record<string, RouteOptions>> | undefined;
  /** That of the routes which do not say. */
  readonly error?: string | ErrorArm | undefined;
}

/**
 * The rule of every route: what was said of it, and the default for the rest.
 *
 * @throws InvalidContractError for a route or an arm that there is not, and for an arm that would mean two things.
 */
export function replyRules({ error, replies, requests, routes = {} }: ReplyRulesOptions): Map<string, ReplyRule> {
  const known = requests.arms.names;
  for (const route of Object.keys(routes)) {
    if (known.includes(route)) continue;
    throw new InvalidContractError(
      `The routes name ${JSON.stringify(route)}, which no request${requests.whereIs?.(route) ?? ''} has: it has ${known.join(', ')}`,
    );
  }
  const common = errorArmOf(error);
  if (common) assertArm(common.arm, replies);
  return new Map(
    known.map((route) => {
      const own = Object.hasOwn(routes, route) ? routes[route]! : {};
      const where = `The route ${JSON.stringify(route)}${requests.whereIs?.(route) ?? ''}`;
      return [route, replyRule(route, own, common, replies, where)];
    }),
  );
}

function replyRule(
  route: string,
  options: RouteOptions,
  common: ErrorArm | undefined,
  replies: Side,
  where: string,
): ReplyRule {
  const { reply = 'unary', response } = options;
  if (response !== undefined) assertArm(response, replies, `${where}: `);
  const arm = response ?? armNamedAs(route, replies);
  const error = options.error === undefined ? common : errorArmOf(options.error);
  if (error) assertArm(error.arm, replies, `${where}: `);
  // Whoever reads it could not tell which of the two it is.
  if (error && error.arm === arm) {
    throw new InvalidContractError(`${where} has the arm ${JSON.stringify(arm)} both for replies and for failures`);
  }
  return { isStream: reply === 'stream', arm, error };
}

/** The arm that is called as the route, or as the last name of it: responses need not nest as requests do. */
function armNamedAs(route: string, { arms }: Side): string | undefined {
  const last = route.slice(route.lastIndexOf('.') + 1);
  return [route, last].find((name) => arms.names.includes(name));
}

function assertArm(name: string, replies: Side, where = ''): void {
  const { names } = replies.arms;
  if (names.includes(name)) return;
  throw new InvalidContractError(
    `${where}The response${replies.whereIs?.(name) ?? ''} has no arm ${JSON.stringify(name)}: it has ${names.join(', ')}`,
  );
}
