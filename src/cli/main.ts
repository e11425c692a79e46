import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { MqttError } from '../index.js';
import { readArguments } from './arguments.js';
import type { Command, ExitCode } from './command.js';
import { commandHelp, connectionHelp, programHelp } from './help.js';
import { type Terminal, shown, styled } from './terminal.js';
import { UsageError, nearest } from './usage-error.js';

/** The commands, each loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  sub: { summary: 'print the messages of topic filters', load: async () => (await import('./commands/sub.js')).sub },
  pub: {
    summary: 'publish a message, or each line of the standard input',
    load: async () => (await import('./commands/pub.js')).pub,
  },
  request: {
    summary: 'send a request and print the reply',
    load: async () => (await import('./commands/request.js')).request,
  },
  respond: {
    summary: 'answer requests with a text, a file, or a program',
    load: async () => (await import('./commands/respond.js')).respond,
  },
  check: { summary: 'find out what a broker can do', load: async () => (await import('./commands/check.js')).check },
  watch: {
    summary: 'show a live connection as a page on this machine',
    load: async () => (await import('./commands/watch.js')).watch,
  },
  record: {
    summary: 'record what the client does into a file',
    load: async () => (await import('./commands/record.js')).record,
  },
  replay: {
    summary: 'publish the messages of a trace again, or write its test',
    load: async () => (await import('./commands/replay.js')).replay,
  },
  draw: { summary: 'draw a trace as an SVG', load: async () => (await import('./commands/draw.js')).draw },
};

/** Runs the command line, and returns the exit code. */
export async function main(words: readonly string[], terminal: Terminal = process): Promise<ExitCode> {
  const { stdout, stderr, env } = terminal;
  const [name, ...rest] = words;
  try {
    if (name === '--version' || name === '-V') return print(`${version()}\n`);
    if (name === undefined || name === '--help' || name === '-h' || name === 'help')
      return await help(rest[0], terminal, name === undefined ? 2 : 0);
    const command = await find(name);
    const end = rest.indexOf('--');
    const options = end < 0 ? rest : rest.slice(0, end);
    if (options.includes('--help') || options.includes('-h')) return print(commandHelp(name, command));
    return await command.run(readArguments(rest, command.options), terminal);
  } catch (error) {
    const isUsage = error instanceof UsageError || MqttError.is(error, 'INVALID_ARGUMENT');
    const message = error instanceof Error ? error.message : String(error);
    stderr.write(`${styled('rxjs-mqtt:', 'red', stderr, env)} ${shown(message, stderr)}\n`);
    if (isUsage && name !== undefined && Object.hasOwn(COMMANDS, name)) stderr.write(`See: rxjs-mqtt ${name} --help\n`);
    if (isUsage) return 2;
    return MqttError.is(error, 'REQUEST_TIMEOUT') ? 3 : 1;
  }

  function print(text: string): ExitCode {
    stdout.write(text);
    return 0;
  }
}

async function help(name: string | undefined, { stdout, stderr }: Terminal, code: ExitCode): Promise<ExitCode> {
  const text =
    name === undefined
      ? programHelp(COMMANDS)
      : name === 'connection'
        ? connectionHelp()
        : commandHelp(name, await find(name));
  (code === 0 ? stdout : stderr).write(text);
  return code;
}

async function find(name: string): Promise<Command> {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name]!.load();
  const meant = nearest(name, Object.keys(COMMANDS));
  throw new UsageError(
    `unknown command '${name}'${meant === undefined ? '; see rxjs-mqtt --help' : `; did you mean ${meant}?`}`,
  );
}

function version(): string {
  const path = createRequire(import.meta.url).resolve('rxjs-mqtt/package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return manifest.version;
}
