export {
  type FieldName,
  protobufContract,
  type ProtobufContractOptions,
} from './contract/protobuf/protobuf-contract.js';
export type { ErrorArm } from './contract/envelope/failures.js';
export type { RouteOptions } from './contract/envelope/routes.js';
export type { StaticClass } from './contract/protobuf/static-type.js';
