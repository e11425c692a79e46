import { parseArgs } from 'node:util';

export interface Settings {
  readonly url: URL | undefined;
  /** s until the sensors stop; Infinity with --forever. */
  readonly seconds: number;
}

/** The arguments are invalid. */
export class UsageError extends Error {}

export const help = `npm start -- [mqtt://[user:password@]host[:port]] [--seconds N | --forever]

Shows rxjs-mqtt with simulated sensors, a broker and a link that fails.

  mqtt://...     use this broker instead of the one in this process, under a random topic
  --seconds N    stop the sensors after N seconds, 3 to 3600 (15)
  --forever      run until Ctrl-C
  --help         show this text

Exit code: 0 if QoS 1 lost no message and QoS 2 neither lost nor repeated one, 1 if they did or the broker could not be used,
2 for invalid arguments. Without a terminal, or with TERM=dumb, it prints plain lines. It respects NO_COLOR.`;

/** Returns undefined if the user asks for help. */
export function parseArguments(args: readonly string[]): Settings | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  if (positionals.length > 1) throw new UsageError(`give one broker, not ${positionals.length}`);
  if (values.forever && values.seconds !== undefined) throw new UsageError('use either --forever or --seconds');
  const seconds = values.forever ? Infinity : Number(values.seconds ?? 15);
  if (!values.forever && !(seconds >= 3 && seconds <= 3600)) {
    throw new UsageError(`--seconds is '${values.seconds}'; it must be a number from 3 to 3600`);
  }
  return { seconds, url: positionals[0] === undefined ? undefined : brokerUrl(positionals[0]) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { seconds: { type: 'string' }, forever: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new UsageError(`${sentence}`);
  }
}

function brokerUrl(text: string): URL {
  const shown = text.replace(/\/\/.*@/, '//');
  if (!URL.canParse(text)) throw new UsageError(`'${shown}' is not a URL; use one like mqtt://host:1883`);
  const url = new URL(text);
  if (!['mqtt:', 'tcp:'].includes(url.protocol)) {
    throw new UsageError(
      `'${shown}' has the scheme '${url.protocol}', but this demo uses plain TCP; use a URL like mqtt://host:1883`,
    );
  }
  if (url.hostname === '') throw new UsageError(`'${shown}' has no host; use a URL like mqtt://host:1883`);
  if (url.port === '0') throw new UsageError(`'${shown}' has port 0; use a port from 1 to 65535`);
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    throw new UsageError(`the credentials in '${shown}' are not percent-encoded; write % as %25`);
  }
  return url;
}
