export { Beginnings } from './beginnings.js';
export { ControlCode, controlCodeOf } from './control-code.js';
export { Found, FrameDecoder, type MeasureFrame, NO_FRAME, UNKNOWN_LENGTH } from './frame-decoder.js';
export type { FrameSink } from './frame-sink.js';
export { measureLengthDelimited } from './length-prefix.js';
export type { MessageId } from './message-id.js';
export { shortText } from './short-text.js';
export { MAX_VARINT_LENGTH, varintLength, VarintReader, writeVarint } from './varint.js';
