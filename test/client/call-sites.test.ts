import { expect } from 'chai';
import { type Observable, of, switchMap } from 'rxjs';
import type { MqttError, PublishResult } from '../../src/index.js';
import { type MqttHelpers, mqttMarbles } from '../support/marbles.js';
import { connack, puback } from '../support/packets.js';

/** The stack of the error of a publish that the broker refuses. */
function stackOf(
  { broker, client, act, flush }: MqttHelpers,
  publish: (mqtt: ReturnType<MqttHelpers['client']>) => Observable<PublishResult>,
  callSites?: boolean,
): string {
  const link = broker(['-a--r'], { a: connack(), r: puback(1, 0x87) });
  const mqtt = client(link, callSites === undefined ? {} : { callSites }, 20);
  const errors: MqttError[] = [];
  // called by an operator, as in a pipeline: the stack of the subscription would show RxJS
  const result$ = of(0).pipe(switchMap(() => publish(mqtt)));
  act('--p', { p: () => void result$.subscribe({ error: (error: unknown) => errors.push(error as MqttError) }) });
  flush();
  expect(errors).to.have.length(1);
  expect(errors[0]!.code).to.equal('PUBLISH_REFUSED');
  return errors[0]!.stack!;
}

type Client = ReturnType<MqttHelpers['client']>;
const doorOf = (mqtt: Client) => mqtt.publish('door', 'open', { qos: 1 });

describe('the option callSites', () => {
  it(
    'has the error of a refused publish show the line that called it, first of all lines',
    mqttMarbles(helpers => {
      const [own, site] = stackOf(helpers, doorOf, true).split('\nPublished at\n');
      expect(own).to.match(/^MqttError: the broker refused the message to 'door' by PUBACK 0x87/);
      expect(site).to.match(/^ {4}at doorOf \(.*call-sites\.test\.ts:\d+:\d+\)/);
    }),
  );

  it(
    'is off by default',
    mqttMarbles(helpers => expect(stackOf(helpers, doorOf)).to.not.include('doorOf')),
  );
});
