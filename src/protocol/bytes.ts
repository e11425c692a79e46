/** No bytes: a typed array of its own for each object that has none yet would be its largest part. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Whether a value is a Uint8Array or Buffer, even of another realm: a frame, a vm context, a test environment with its own globals. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && typeTag(value) === '[object Uint8Array]');
}

/** Whether a value is an ArrayBuffer, even of another realm. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer || typeTag(value) === '[object ArrayBuffer]';
}

/** Returns the bytes of a buffer or of any view of one, such as a DataView, without a copy; undefined for other values. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (isArrayBuffer(value)) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined;
}

const typeTag = (value: unknown): string => Object.prototype.toString.call(value);
