import type { OptionSpec } from './arguments.js';
import type { Command } from './command.js';
import { connectionOptions } from './connection-options.js';

/** The help of the whole program. It fits a screen of 80 columns and 24 lines. */
export function programHelp(commands: Readonly<Record<string, { readonly summary: string }>>): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`);
  return `Usage: rxjs-mqtt COMMAND [OPTION...] URL ...

${rows.join('\n')}

A URL is mqtt://, mqtts://, ws:// or wss:// with host, port and path.
The password of --user NAME is the variable MQTT_PASSWORD, or is asked for.

Exit codes: 0 done, 1 failed, 2 called wrongly, 3 time over, 130 stopped.

rxjs-mqtt COMMAND --help shows the options of a command.
`;
}

/** The help of a command: its own options, and the names of those with which all commands connect. It fits a screen, too. */
export function commandHelp(name: string, { usage, summary, options, notes = [], examples }: Command): string {
  const own = Object.entries(options).filter(([option]) => !Object.hasOwn(connectionOptions, option));
  const lines = [`Usage: rxjs-mqtt ${name} ${usage}`, `${summary[0]!.toUpperCase()}${summary.slice(1)}.`, ''];
  lines.push(...own.map(row), ...notes.map(note => (note === '' ? '' : `  ${note}`)));
  if (own.length < Object.keys(options).length)
    lines.push(
      '',
      'Connection (rxjs-mqtt help connection):',
      ...wrapped(Object.keys(connectionOptions).map(option => `--${option}`)),
    );
  lines.push(
    '',
    ...examples.map(example => (example.includes('rxjs-mqtt') ? `  ${example}` : `  rxjs-mqtt ${example}`)),
  );
  return `${lines.join('\n')}\n`;
}

/** The help of the options with which all commands connect. */
export function connectionHelp(): string {
  return `Options of the connection, for all commands that have a URL:

${Object.entries(connectionOptions).map(row).join('\n')}
`;
}

const COLUMNS = 78;

function wrapped(words: readonly string[]): string[] {
  const lines = [' '];
  for (const word of words) {
    if (lines.at(-1)!.length + word.length + 1 > COLUMNS) lines.push(' ');
    lines.push(`${lines.pop()!} ${word}`);
  }
  return lines;
}

function row([name, { short, value, help }]: readonly [string, OptionSpec]): string {
  const option = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
  return `  ${option.padEnd(29)} ${help}`;
}
