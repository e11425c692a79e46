import { type Observable, concat, concatMap, delay, map, of } from 'rxjs';
import type { AuthPacket, Authentication, AuthenticationChallenge, Packet } from '../../../src/index.js';
import { authenticatedHandshake } from '../../../src/operators/handshake/authenticated-handshake.js';
import { reauthenticate } from '../../../src/operators/handshake/reauthenticate.js';
import { describePacket } from '../../support/packets.js';
import { type Clock, type FlowHelpers, flow as anyFlow, connect, inWords } from '../support.js';

const decoder = new TextDecoder();

/** A flow whose packets are shown with their data: `AUTH 0x18 T 'data'`. */
export const flow = (body: (helpers: FlowHelpers) => void) =>
  anyFlow(helpers => {
    const { expectObservable } = helpers;
    body({ ...helpers, expectFlow: (flow$, sub) => expectObservable(inWords(flow$.pipe(map(aloud))), sub) });
  });

export function aloud(packet: Packet): string {
  const data = (packet as AuthPacket).properties?.authenticationData;
  return data === undefined ? describePacket(packet) : `${describePacket(packet)} '${decoder.decode(data)}'`;
}

/** A method `T` by this function, which sees the data of a challenge as text; `!` after it says that it is the final one. */
export const method = (
  exchange: (said$: Observable<string>) => ReturnType<Authentication['exchange']>,
  given: Partial<Authentication> = {},
): Authentication => ({
  method: 'T',
  exchange: challenge$ => exchange(challenge$.pipe(map(asText))),
  ...given,
});

const asText = ({ data, final }: AuthenticationChallenge) => `${decoder.decode(data)}${final ? '!' : ''}`;

/** Says `first`, answers `x` with `re:x` after so many ms, and takes as long for the final data. */
export const polite = (ms: number, given?: Partial<Authentication>): Authentication =>
  method(said$ => {
    const answer$ = said$.pipe(
      concatMap(said => {
        const answer$ = of(said.endsWith('!') ? [] : [`re:${said}`]);
        return (ms === 0 ? answer$ : answer$.pipe(delay(ms))).pipe(concatMap(answers => answers));
      }),
    );
    return given?.serverFirst ? answer$ : concat(of('first'), answer$);
  }, given);

interface Given {
  readonly clock: Clock;
  readonly authentication: Authentication;
}

const common = ({ clock, authentication }: Given, reauthentication: boolean) => ({
  authentication,
  scheduler: clock,
  context: { reauthentication, url: 'mqtt://broker', clientId: 'me' },
  run: (task: () => void) => task(),
});

/** Within 20 ms. */
export const greeting = (given: Given, accepted: () => void = () => {}) =>
  authenticatedHandshake({ ...common(given, false), connect: connect(), timeout: 20, onAccepted: accepted });

/** Within 20 ms each. */
export const anew = (given: Given, asked$: Observable<unknown>, done: () => void = () => {}) =>
  reauthenticate({ ...common(given, true), requested$: asked$.pipe(map(() => undefined)), timeout: 20, onDone: done });
