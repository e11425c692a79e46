import { type Observable, Subscription, lastValueFrom, map, merge, raceWith, take, timer } from 'rxjs';
import { type MqttClient, mqtt } from '../index.js';
import type { ExitCode } from './command.js';
import type { Target } from './connection-options.js';
import { type Terminal, shown, stop$, styled } from './terminal.js';

/**
 * Runs what a command does with its client, then disconnects. It ends with the exit code that `work` emits, with that of `stop$`, or, after
 * `duration` ms, with `whenOver`.
 */
export async function withClient(
  { url, options }: Target,
  terminal: Terminal,
  work: (client: MqttClient) => Observable<ExitCode>,
  { duration = Infinity, whenOver = 0 }: { duration?: number | undefined; whenOver?: ExitCode } = {},
): Promise<ExitCode> {
  const client = mqtt(url, options);
  const reports = report(client, terminal);
  const over$ = timer(duration).pipe(map(() => whenOver));
  const ends$ = duration === Infinity ? stop$ : merge(stop$, over$);
  try {
    return await lastValueFrom(work(client).pipe(take(1), raceWith(ends$.pipe(take(1)))), { defaultValue: 0 });
  } finally {
    await lastValueFrom(client.disconnect({ drain: 5000 }), { defaultValue: undefined });
    reports.unsubscribe();
  }
}

/** Says on the error output what somebody should know: a lost connection, its return, warnings. */
export function report({ connection$, warning$ }: MqttClient, { stderr, env }: Terminal): Subscription {
  const say = (text: string) => stderr.write(`${styled(shown(text, stderr), 'yellow', stderr, env)}\n`);
  const reports = new Subscription();
  let isLost = false;
  reports.add(
    connection$.subscribe({
      next: state => {
        if (state.status === 'reconnecting') {
          if (!isLost) say(`rxjs-mqtt: ${state.error.message}; connecting again`);
          isLost = true;
        } else if (state.status === 'connected' && isLost) {
          say('rxjs-mqtt: connected again');
          isLost = false;
        }
      },
      error: () => undefined,
    }),
  );
  reports.add(warning$.subscribe({ next: ({ message }) => say(`rxjs-mqtt: ${message}`), error: () => undefined }));
  return reports;
}
