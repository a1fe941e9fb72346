/** What a message is made of, as far as its arms go: one of a .proto, or of a static module. */
export interface MessageShape {
  readonly name: string;

  /** What it is the shape of: messages may nest themselves. */
  readonly type: unknown;

  readonly fields: readonly string[];

  /** With their members. Without those of a single field, which a `.proto` has as `optional`. */
  readonly oneofs: ReadonlyMap<string, readonly string[]>;

  /** That of the message that a field holds, if it holds one. */
  messageIn(field: string): MessageShape | undefined;

  /** The members of the enum that a field holds, if it holds one, and if that can be told. */
  enumIn(field: string): EnumShape | undefined;

  /** ` (file.proto:12)`, of the message or of what has the path `path` in it; or nothing where it is not known. */
  whereIs(path?: string): string;
}

export interface EnumShape {
  /** One for each number. */
  readonly names: readonly string[];

  /** The one that says nothing, if there is such a thing: by protobuf's style guide the first is called so. */
  readonly unspecified: string | undefined;

  nameOf(value: unknown): string | undefined;
}
