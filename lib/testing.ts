export { MemoryNetwork, type MemoryNetworkOptions } from './testing/memory-network.js';
export type { MemoryLink } from './testing/memory-link.js';
