// Reduces mqtt-packet to what a client reaches: its parser, of frames that the gate has checked.
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
  'packet.js': code => replaceTexts('packet.js', code, [['module.exports = ', 'export default ']]),
  'parser.js': trimParser,
};

/** The constants by their values, because the module computes them from each other with loops. Those of the writer are Buffers. */
function constantsModule(): string {
  const constants = createRequire(import.meta.url)('mqtt-packet/constants.js') as Record<string, unknown>;
  return Object.entries(constants)
    .map(([name, value]) => `export const ${name} = ${literal(value)};`)
    .join('\n');
}

function literal(value: unknown): string {
  if (Buffer.isBuffer(value)) return 'undefined';
  if (Array.isArray(value)) return `[${value.map(literal).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${literal(each)}`);
  return `{${members.join()}}`;
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
