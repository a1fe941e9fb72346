/**
 * What is measured or built upon below the package's public face: its exports do not name these, so they are reached by
 * path, and only from here.
 */
export { MIN_FIRST_PIECE, pieceSize } from '../node_modules/nestjs-protosocket/dist/esm/connection/piece-size.js';
export { SendBuffer } from '../node_modules/nestjs-protosocket/dist/esm/connection/send-buffer.js';
export { builtInContract, type Message } from '../node_modules/nestjs-protosocket/dist/esm/contract/index.js';
export { ShortReader } from '../node_modules/nestjs-protosocket/dist/esm/contract/json/short-reader.js';
export { ShortWriter } from '../node_modules/nestjs-protosocket/dist/esm/contract/json/short-writer.js';
export { CallObservable } from '../node_modules/nestjs-protosocket/dist/esm/nest/call-observable.js';
export { Dispatcher, type DispatcherHost } from '../node_modules/nestjs-protosocket/dist/esm/nest/dispatcher.js';
export { ServerPackets } from '../node_modules/nestjs-protosocket/dist/esm/nest/packets.js';
export { InFlight } from '../node_modules/nestjs-protosocket/dist/esm/rpc/in-flight.js';
export { type Link, Requester, Responder } from '../node_modules/nestjs-protosocket/dist/esm/rpc/index.js';
export {
  Found,
  FrameDecoder,
  type FrameSink,
  measureLengthDelimited,
  varintLength,
  VarintReader,
  writeVarint,
} from '../node_modules/nestjs-protosocket/dist/esm/wire/index.js';
