import type protobuf from 'protobufjs';

/** What the edition says of it, which protobufjs does not declare. */
function featuresOf(object: protobuf.ReflectionObject): Record<string, string | undefined> {
  return (object as unknown as { _features: Record<string, string | undefined> })._features;
}

/** Whether a number that is no member of it is none of its values. */
export const isClosed = (type: protobuf.Enum): boolean => featuresOf(type).enum_type === 'CLOSED';
