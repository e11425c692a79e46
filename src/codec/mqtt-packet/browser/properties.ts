import { ByteWriter } from '../../bytes/byte-writer.js';
import { PropertyWriter } from '../../properties/writer.js';

interface Sink {
  write(bytes: Uint8Array): void;
}

const ANYWHERE = -1;

/**
 * Stands for the function of mqtt-packet that measures properties, and writes them when `write()` is called. It writes them with the
 * writer of this library. `wireProperties` has checked them.
 */
export function getProperties(sink: Sink, properties: object = {}): { length: number; write(): void } {
  const { userProperties } = properties as { userProperties?: readonly object[] };
  const pairs = userProperties?.map(each => Object.entries(each)[0]);
  const content = new PropertyWriter();
  const size = content.write('', { ...properties, userProperties: pairs }, ANYWHERE);
  const section = new ByteWriter();
  section.reserve(4 + size);
  section.variable(size);
  section.raw(content.bytes.subarray(0, size));
  const bytes = section.bytes.subarray(0, section.position);
  return { length: bytes.length, write: () => sink.write(bytes) };
}
