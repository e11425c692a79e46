import { createRequire } from 'node:module';
import { exampleTrace, packet, payload } from '../../../marbles/example-trace.js';
import type { TraceEvent, TracePacket } from '../../../src/trace/index.js';

// jsdom has no types here
const { JSDOM } = createRequire(import.meta.url)('jsdom') as {
  JSDOM: new (text: string, options: { contentType: string }) => { readonly window: Window };
};

/** An SVG as a document. Throws if it is not well-formed XML. */
export const parse = (svg: string): Element =>
  new JSDOM(svg, { contentType: 'application/xml' }).window.document.documentElement;

export const start: TraceEvent = exampleTrace[0]!;

export const publish = (at: number, topic: string, packetId = 1): TracePacket =>
  packet(at, 'sent', 'publish', { topic, qos: 1, packetId, payload: payload('21.5') });

/** The titles of the events of a picture, a list of lines each, in the order of the document. */
export const titlesOf = (svg: Element): string[][] =>
  [...svg.querySelectorAll('g > title')].map(title => title.textContent.split('\n'));

/** The words in a picture that a reader sees. */
export const wordsOf = (svg: Element): string[] => [...svg.querySelectorAll('text')].map(text => text.textContent);
