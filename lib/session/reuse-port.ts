/** Whether this version of Node can share a port with SO_REUSEPORT: 22.12, 23.1 and later. Older ones take no notice. */
export function canReusePort(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 22) return minor >= 12;
  if (major === 23) return minor >= 1;
  return major > 23;
}
