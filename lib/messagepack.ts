export { messagePackContract, type MessagePackContractOptions } from './contract/messagepack/messagepack-contract.js';
export type { FieldName } from './contract/envelope/call-fields.js';
export type { ErrorArm } from './contract/envelope/failures.js';
export type { RouteOptions } from './contract/envelope/routes.js';

// Schemas
export type { Kind, ValueOf } from './contract/messagepack/kind.js';
// Those that an exported schema is made of: its declaration has to name them.
export type { OptionalKind } from './contract/messagepack/collections.js';
export type { IntegerKind } from './contract/messagepack/numbers.js';
export type { FieldKinds, StructKind, StructValue } from './contract/messagepack/struct.js';
export type { VariantsKind, VariantsValue } from './contract/messagepack/variants.js';
export { anything } from './contract/messagepack/anything.js';
export { list, mapOf, optional } from './contract/messagepack/collections.js';
export { f32, f64, i16, i32, i64, i8, u16, u32, u64, u8 } from './contract/messagepack/numbers.js';
export { bool, bytes, string, unit } from './contract/messagepack/scalars.js';
export { struct } from './contract/messagepack/struct.js';
export { variants } from './contract/messagepack/variants.js';
