// Reduces mqtt-packet to what a client reaches. The gate has checked each frame that it parses, and this library each packet that it writes.
import { createRequire } from 'node:module';
import { removeChecks, removeFunctions, replaceTexts } from './trim.js';

/** The version that has been compared with what follows. */
const TRIMMED_VERSION = '9.0.2';

/** Throws for another version, which may do more in the places that are left out. */
export function assertVersion(version: string): void {
  if (version === TRIMMED_VERSION) return;
  const advice = 'look at what has changed, adapt scripts/build/mqtt-packet.ts, and set its TRIMMED_VERSION';
  throw new Error(
    `mqtt-packet has version ${version}, but the build leaves parts out of ${TRIMMED_VERSION}: ${advice}`,
  );
}

/** Each module of mqtt-packet that the bundle takes, and how it becomes an ES module of what is needed. */
export const trimmed: Readonly<Record<string, (code: string) => string>> = {
  'constants.js': constantsModule,
  'numbers.js': trimNumbers,
  'packet.js': code => replaceTexts('packet.js', code, [['module.exports = ', 'export default ']]),
  'parser.js': trimParser,
  'writeToStream.js': trimWriter,
};

/** The constants by their values, because the module computes them from each other with loops. */
function constantsModule(): string {
  const constants = createRequire(import.meta.url)('mqtt-packet/constants.js') as Record<string, unknown>;
  const exported = Object.entries(constants).map(([name, value]) => `export const ${name} = ${literal(value)};`);
  return [`import { Buffer } from 'buffer';`, ...exported].join('\n');
}

function literal(value: unknown): string {
  if (Buffer.isBuffer(value)) return `/* @__PURE__ */ Buffer.from([${[...value].join()}])`;
  if (Array.isArray(value)) return `[${value.map(literal).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${literal(each)}`);
  return `{${members.join()}}`;
}

function trimNumbers(code: string): string {
  return replaceTexts('numbers.js', code, [
    [`const { Buffer } = require('buffer')`, `import { Buffer } from 'buffer';`],
    [/^const SubOk = .*$/m, ''],
    ['SubOk ? buffer.subarray(0, pos) : buffer.slice(0, pos)', 'buffer.subarray(0, pos)'],
    ['  generateNumber: generateBuffer,', '  generateBuffer as generateNumber,'],
    ['module.exports = {', 'export {'],
  ]);
}

/** What reads packets that only a server receives, and properties, which the gate has read. */
const unreachableParsers = [
  '_parseConnect',
  '_parseSubscribe',
  '_parseUnsubscribe',
  '_parseByType',
  '_parseStringPair',
  '_parseBuffer',
  '_parse4ByteNum',
  '_parseProperties',
];

function trimParser(code: string): string {
  const file = 'parser.js';
  let changed = removeFunctions(file, code, unreachableParsers);
  changed = replaceTexts(file, changed, [
    [`const bl = require('bl')`, `import bl from 'bl';`],
    [`const { EventEmitter } = require('events')`, `import { EventEmitter } from 'events';`],
    [`const Packet = require('./packet')`, `import Packet from './packet.js';`],
    [`const constants = require('./constants')`, `import * as constants from './constants.js';`],
    [/^const debug = .*$/m, ''],
    [/^ *debug\(.*\)$/gm, '', 31],
    ['module.exports = Parser', 'export default Parser;'],
    [/case 'connect':\s+this\._parseConnect\(\)\s+break/, ''],
    [/case 'subscribe':\s+this\._parseSubscribe\(\)\s+break/, ''],
    [/case 'unsubscribe':\s+this\._parseUnsubscribe\(\)\s+break/, ''],
    [/case 'pingreq':/, ''],
    [
      /const properties = this\._parseProperties\(\)\s+if \(Object\.getOwnPropertyNames\(properties\)\.length\) \{\s+packet\.properties = properties\s+\}/,
      '{ const length = this._parseVarByteNum(); this._pos += length }',
      7,
    ],
    [/const (?:headerFlags|requiredHeaderFlags) = .*\n/g, '', 2],
    // The gate compares reason codes with its own tables.
    [/switch \(this\.packet\.cmd\) \{(?:\s+case '\w+':)+\s+if \(!constants\.MQTT5_PUBACK[^]*?\n {8}\}\n/, ''],
  ]);
  changed = removeChecks(file, changed, 'this._emitError', 18);
  changed = removeFunctions(file, changed, ['_emitError']);
  return withPrivateMembers(
    file,
    replaceTexts(file, changed, [
      // The parser gets whole frames, one at a time.
      [
        /^ {2}parse \(buf\) \{[^]*?\n {2}\}\n/m,
        '  parse (buf) {\n    this._list.append(buf)\n    this._parseHeader()\n    this._parseLength()\n    this._parsePayload()\n    this._newPacket()\n  }\n',
      ],
      [/ {4}this\._states = \[[^\]]*\]\n/, ''],
      ['    this._stateCounter = 0\n', ''],
      ['    this.error = null\n', ''],
      [/\bthis\.(?=(?:packet|settings)\b)/g, 'this._', 36],
    ]),
  );
}

/** Members that begin with an underscore become private, so that minifiers shorten their names. */
function withPrivateMembers(file: string, code: string): string {
  const names = new Set(code.match(/(?<=\bthis\.)_\w+/g));
  const fields = [...names].filter(name => !code.includes(`\n  ${name} (`)).map(name => `  ${name};`);
  return replaceTexts(file, code, [[/(?<=^class Parser .*\{)$/m, `\n${fields.join('\n')}`]]).replace(/\b_(?=\w)/g, '#');
}

/** What writes packets of servers, streams with cork(), and what this library writes itself: three packets, and all properties. */
const unreachableWriters = [
  'connect',
  'publish',
  'subscribe',
  'connack',
  'suback',
  'unsuback',
  'emptyPacket',
  'uncork',
  'writeStringOrBuffer',
  'writeNumberCached',
  'write4ByteNumber',
  'writeStringPair',
  'getProperties',
  'getPropertiesByMaximumPacketSize',
  'writeProperty',
  'writeProperties',
];

function trimWriter(code: string): string {
  const file = 'writeToStream.js';
  let changed = removeFunctions(file, code, unreachableWriters);
  changed = replaceTexts(file, changed, [
    [`const protocol = require('./constants')`, `import * as protocol from './constants.js';`],
    [
      `const { Buffer } = require('buffer')`,
      `import { Buffer } from 'buffer';\nimport { getProperties } from 'properties';`,
    ],
    [`const numbers = require('./numbers')`, `import { generateNumber, genBufVariableByteInt } from './numbers.js';`],
    [/^const nextTick = .*$/m, ''],
    [/^const debug = .*$/m, ''],
    [/^ *debug\(.*\)$/gm, '', 5],
    [/^const (?:numCache|generateNumber|generateCache|genBufVariableByteInt|generate4ByteBuffer) = .*$/gm, '', 5],
    [/^const (?:empty|zeroBuf) = .*$/gm, '', 2],
    [/^let (?:writeNumber|toGenerate) = .*$/gm, '', 2],
    ['function writeNumberGenerated', 'function writeNumber'],
    [/ {2}if \(stream\.cork\) \{[^]*?\n {2}\}\n/, ''],
    [/ {2}if \(toGenerate\) \{[^]*?\n {2}\}\n/, ''],
    [/^Object\.defineProperty\(generate[^]*?\n\}\)\n/m, ''],
    [/case '(?:connect|connack|publish|subscribe|suback|unsuback)':\s+return \w+\(packet, stream, opts\)/g, '', 6],
    [/case 'pingreq':\s+case 'pingresp':\s+return emptyPacket\(packet, stream, opts\)/, ''],
    ['getPropertiesByMaximumPacketSize(stream, properties, opts, length)', 'getProperties(stream, properties)', 3],
    [/ +if \(!(?:propertiesData|willProperties)\) \{ return false \}\n/g, '', 4],
    // Headers are computed instead of being kept as tables.
    ['protocol.ACKS[type][qos][dup][0]', 'Buffer.from([protocol.codes[type] << 4 | qos << 1])'],
    ['protocol.UNSUBSCRIBE_HEADER[1][dup ? 1 : 0][0]', 'Buffer.from([protocol.codes.unsubscribe << 4 | 2])'],
    ['const varByteIntCache = {}', ''],
    [
      /let buffer = varByteIntCache\[num\]\s+if \(!buffer\) \{[^]*?\n {2}\}\n/,
      'const buffer = genBufVariableByteInt(num)\n',
    ],
    ['module.exports = generate', 'export default generate;'],
  ]);
  return removeChecks(file, changed, 'stream.destroy', 6, 'writeVarByteInt');
}
