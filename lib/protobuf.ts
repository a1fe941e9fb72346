export { protobufContract, type ProtobufContractOptions } from './contract/protobuf/protobuf-contract.js';
export type { StaticClass } from './contract/protobuf/static-type.js';

// What all contracts of Rust peers have
export type { FieldName } from './contract/envelope/call-fields.js';
export type { ErrorArm } from './contract/envelope/failures.js';
export type { RouteOptions } from './contract/envelope/routes.js';
