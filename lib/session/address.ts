/** Where a server listens: a TCP port of a host, or the path of a Unix domain socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

export function textOf(address: Address): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`;
}
