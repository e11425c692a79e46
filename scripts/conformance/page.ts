import type { Statement } from '../../test/conformance/statement.js';
import type { Showing, Showings } from './showings.js';
import { type Version, ofClient, showingsOf, versions } from './versions.js';

const introduction = `# Conformance

<!-- made by npm run conformance from test/conformance and the titles of the tests; do not edit -->

The numbered statements of [MQTT 5.0](https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html) and
[MQTT 3.1.1](https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html), in our words, each with the tests that show it. A test
names a statement in its title, as \`[MQTT-3.1.2-20]\`, or \`[MQTT3-3.1.2-23]\` where it is of 3.1.1. Where one code follows both
versions and they say the same, the tests of 5.0 stand for 3.1.1 too (_as 5.0_). What binds the server is listed by its number, or
with the test that shows that the client watches over it. \`npm run lint\` fails when a statement that binds a client has neither a
test nor a reason, when a test names a statement that does not exist, and when this page is out of date.

What 5.0 asks without a number is listed by its section, as \`[MQTT-3.1.2.11.7]\`, where the server or the other end could tell the
difference. 3.1 has no numbers; its list has what differs from 3.1.1, as \`[MQTT31-3.2]\`.
`;

const deviations = `## What differs on purpose

The rules (S…) are those of [semantics](semantics.md).

| statement | what the client does |
| --- | --- |
| 4.4.0-1, 4.6.0-1 | does not send again what was withdrawn (S114); moves a message at which connections end behind the others, and gives it up at last (S110, S111) |
| 4.5.0-2 | acknowledges a message that your program acknowledges by hand when it does, and holds one without a stream for some seconds (\`unrouted\`) |
| 3.3.2-14 | refuses a message that its publisher made invalid, instead of ending the connection (S116) |
| 3.1.2-24 | takes a packet other than PUBLISH above 1 MiB for too large (0x95), and more than 10,000 properties for too many (0x97), whatever its Maximum Packet Size |
| 3.2.2-4 | accepts that a session is present when it asked for one (\`clean: false\`), although it does not know it from this process |
| 2.4, 3.14.2-1 | refuses a DISCONNECT of the server with 0x8C, which only one of the two tables has |
| 3.1.1: 4.3.3-1 | accepts PUBACK for a QoS 2 message, by which brokers of 3.x lower the QoS ([decision 47](decisions/0047-puback-for-qos-2.md)) |
`;

const chapters: Readonly<Record<string, string>> = {
  '1': 'Data',
  '2': 'Packets',
  '3.1': 'CONNECT',
  '3.2': 'CONNACK',
  '3.3': 'PUBLISH',
  '3.4': 'PUBACK',
  '3.5': 'PUBREC',
  '3.6': 'PUBREL',
  '3.7': 'PUBCOMP',
  '3.8': 'SUBSCRIBE',
  '3.9': 'SUBACK',
  '3.10': 'UNSUBSCRIBE',
  '3.11': 'UNSUBACK',
  '3.12': 'PINGREQ',
  '3.14': 'DISCONNECT',
  '3.15': 'AUTH',
  '4': 'Operation',
  '6': 'WebSocket',
  '7': 'Conformance',
};

export function page(shown: Showings): string {
  return [introduction, summary(shown), deviations, ...versions.flatMap(version => ofVersion(version, shown))].join(
    '\n',
  );
}

function summary(shown: Showings): string {
  const rows = versions.map(version => {
    const count = (which: (statement: Statement) => boolean) => version.statements.filter(which).length;
    const isShown = (statement: Statement) => showingsOf(version, statement, shown).length > 0;
    return [
      version.name,
      version.statements.length,
      count(ofClient),
      count(statement => ofClient(statement) && isShown(statement)),
      count(({ exempt }) => exempt !== undefined),
      count(statement => !ofClient(statement)),
      count(statement => !ofClient(statement) && isShown(statement)),
    ];
  });
  return table(
    ['', 'statements', 'bind a client', 'of these shown', 'exempt', 'bind the server alone', 'of these watched'],
    rows,
  );
}

function ofVersion(version: Version, shown: Showings): string[] {
  const those = new Set(version.statements.map(chapterOf));
  return [
    `## ${version.name}\n`,
    ...[...those].flatMap(chapter => [
      `### ${chapter} ${chapters[chapter]}\n`,
      ...ofChapter(
        version,
        version.statements.filter(each => chapterOf(each) === chapter),
        shown,
      ),
    ]),
  ];
}

function chapterOf({ id }: Statement): string {
  const [chapter, section] = id.split('.');
  return chapter === '3' ? `${chapter}.${section}` : chapter!;
}

function ofChapter(version: Version, statements: readonly Statement[], shown: Showings): string[] {
  const rows: string[][] = [];
  const others: string[] = [];
  for (const statement of statements) {
    const where = showingsOf(version, statement, shown);
    if (!ofClient(statement) && where.length === 0) others.push(statement.id);
    else rows.push([statement.id, words(statement), proof(statement, where)]);
  }
  return [
    ...(rows.length > 0 ? [table(['', 'what it asks', 'where it is shown'], rows)] : []),
    ...(others.length > 0 ? [`For the server alone: ${others.join(', ')}.\n`] : []),
  ];
}

const words = ({ says, binds, as }: Statement): string =>
  says +
  (binds === 'server' ? ' _(the server; the client watches)_' : '') +
  (as ? ` (_as 5.0:_ ${as.join(', ')})` : '');

function proof({ exempt }: Statement, where: readonly Showing[]): string {
  if (exempt !== undefined) return `exempt: ${exempt}`;
  return where.map(test).join('<br>') || '**not shown**';
}

/** A test, in a page of docs. */
export function test({ file, title }: Showing): string {
  return `\`${file}\`: ${title.replaceAll(/[\\|*_<>[\]#`]/g, '\\$&')}`;
}

export function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line), ''].join('\n');
}
