import { randomBytes } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { MqttError, type MqttOptions, type NegotiatedLimits, type ProtocolVersion } from '../../index.js';
import type { Command, ExitCode } from '../command.js';
import { connectionOptions, readTarget } from '../connection-options.js';
import { checkFeatures, limitFindings } from '../check/features.js';
import { type Finding, found } from '../check/finding.js';
import { Prober, versionNames } from '../check/probe.js';
import { checkTls } from '../check/tls.js';
import { checkWebSockets } from '../check/web-sockets.js';
import { type Terminal, shown, styled } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export const check: Command = {
  usage: 'URL',
  summary: 'find out what a broker can do, by asking it with real packets',
  options: {
    json: { type: 'boolean', help: 'JSON instead of a table' },
    ...connectionOptions,
  },
  examples: ['check mqtt://localhost', 'check mqtts://broker.example.com --user me --json'],
  async run(args, terminal) {
    const { url, options, rest } = await readTarget(args, terminal);
    if (typeof url !== 'string') throw new UsageError('check takes one server; write its URL');
    if (rest.length > 0) throw new UsageError(`'${rest[0]!}' is too much; check takes a URL only`);
    const prober = new Prober(url, options, `rxjs-mqtt/check/${randomBytes(6).toString('hex')}`);
    const { findings, best } = await checkVersions(prober);
    if (best !== undefined) {
      findings.push(...limitFindings(best.limits), ...(await checkFeatures(prober, best.version)));
      findings.push(...(await checkWebSockets(new URL(url), { ...options, protocolVersion: best.version })));
    }
    if (/^(mqtts|wss|ssl|tls):/.test(url))
      findings.push(...(await checkTls(new URL(url), tlsOptions(options), Date.now())));
    if (args.flag('json'))
      terminal.stdout.write(`${JSON.stringify({ url: new URL(url).host, findings }, undefined, 2)}\n`);
    else writeTable(findings, terminal);
    const code: ExitCode = best === undefined ? 1 : 0;
    return code;
  },
};

interface Best {
  readonly version: ProtocolVersion;
  readonly limits: NegotiatedLimits;
}

async function checkVersions(prober: Prober): Promise<{ findings: Finding[]; best: Best | undefined }> {
  const findings: Finding[] = [];
  let best: Best | undefined;
  for (const version of [5, 4, 3] as const) {
    const name = `MQTT ${versionNames[version]}`;
    try {
      const limits = await prober.with({ protocolVersion: version }, client =>
        Promise.resolve(client.connection.status === 'connected' ? client.connection.limits : undefined),
      );
      if (limits !== undefined) best ??= { version, limits };
      findings.push(found(name, true));
    } catch (error) {
      if (MqttError.is(error, 'INVALID_ARGUMENT')) throw error; // it is about the arguments, not about the broker
      const remark = version === 5 ? "with protocolVersion 'auto', this client goes on with 3.1.1" : undefined;
      findings.push(found(name, false, (error as Error).message, remark));
    }
  }
  return { findings, best };
}

/** What the client presents and trusts, as it does itself. */
function tlsOptions({ tls = {} }: MqttOptions): ConnectionOptions {
  const { ca, cert, key, passphrase, servername } = tls;
  return Object.fromEntries(
    Object.entries({ ca, cert, key, passphrase, servername }).filter(([, value]) => value !== undefined),
  );
}

function writeTable(findings: readonly Finding[], { stdout, env }: Terminal): void {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const marks = {
    yes: styled('yes', 'green', stdout, env),
    no: styled('no ', 'red', stdout, env),
    unknown: styled('?  ', 'yellow', stdout, env),
  };
  for (const { name, result, detail, remark } of findings) {
    stdout.write(`${name.padEnd(width)}  ${marks[result]}  ${shown(detail, stdout)}`.trimEnd() + '\n');
    if (remark !== undefined) stdout.write(`${' '.repeat(width + 7)}${styled(remark, 'dim', stdout, env)}\n`);
  }
}
