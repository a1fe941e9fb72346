import type protobuf from 'protobufjs';

/** Of a single member, as `optional` of proto3 is, there is none that takes the place of another. */
export const isChoice = ({ oneof }: protobuf.OneOf): boolean => oneof.length > 1;

/**
 * Whether a oneof has so many members, such as the routes of a large service, that it is better to look for the one that a
 * message has than to ask for each.
 */
export const isLarge = ({ oneof }: protobuf.OneOf): boolean => oneof.length > 16;
