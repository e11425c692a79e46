import { parseArgs } from 'node:util';

export interface Settings {
  readonly url: URL | undefined;
  /** s until the sensors stop; Infinity with --forever. */
  readonly seconds: number;
}

/** What the user typed cannot be right. */
export class UsageError extends Error {}

export const help = `npm start -- [mqtt://[user:password@]host[:port]] [--seconds N | --forever]

Simulated sensors, a broker and a link that fails: rxjs-mqtt at work.

  mqtt://...     use this broker instead of the one inside, under a random topic
  --seconds N    stop the sensors after N seconds, 3 to 3600 (15)
  --forever      go on until Ctrl-C
  --help         this text

Exit code: 0 when QoS 1 lost nothing and QoS 2 neither lost nor doubled anything, 1 when it did or the broker could not be
used, 2 for arguments that cannot be right. Without a terminal, or with TERM=dumb, it prints plain lines; NO_COLOR is kept.`;

/** Undefined: the user asks for help. */
export function parseArguments(args: readonly string[]): Settings | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  if (positionals.length > 1) throw new UsageError(`one broker at a time, not ${positionals.length}`);
  if (values.forever && values.seconds !== undefined) throw new UsageError('either --forever or --seconds');
  const seconds = values.forever ? Infinity : Number(values.seconds ?? 15);
  if (!values.forever && !(seconds >= 3 && seconds <= 3600)) {
    throw new UsageError(`--seconds goes from 3 to 3600, not '${values.seconds}'`);
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
  if (!URL.canParse(text)) throw new UsageError(`'${shown}' is no URL; it looks like mqtt://host:1883`);
  const url = new URL(text);
  if (!['mqtt:', 'tcp:'].includes(url.protocol)) {
    throw new UsageError(`'${shown}' has the scheme ${url.protocol} and this demo speaks plain TCP: mqtt://host:1883`);
  }
  if (url.hostname === '') throw new UsageError(`'${shown}' names no host; it looks like mqtt://host:1883`);
  if (url.port === '0') throw new UsageError(`'${shown}' has port 0; ports go from 1 to 65535`);
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    throw new UsageError(`the credentials in '${shown}' are not percent-encoded; write % as %25`);
  }
  return url;
}
