/**
 * Views of the first bytes of a buffer, each made once. To copy by `set` what a kept view shows takes as long for 100 bytes as
 * for one, and less than to make the view.
 */
export class Beginnings {
  private readonly views: (Uint8Array | undefined)[] = [];

  constructor(readonly bytes: Uint8Array) {}

  upTo(length: number): Uint8Array {
    return (this.views[length] ??= this.bytes.subarray(0, length));
  }
}
