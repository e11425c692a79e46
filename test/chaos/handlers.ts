import { Subject, firstValueFrom } from 'rxjs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Consumed, type MqttClient, received } from '../../src/index.js';
import { type Random, between } from './schedule.js';
import { BrokerMistakes, type Producer } from './traffic.js';

/** Handlers that take their time and fail now and then, and the messages that they have done. */
export class Handlers {
  readonly #random: Random;
  readonly #mistakes: BrokerMistakes;
  readonly #done$ = new Subject<void>();
  /** By topic, the numbers whose handler completed. */
  readonly #done = new Map<string, number[]>();
  /** QoS 2 that was acknowledged before. */
  readonly doubled: string[] = [];
  failures = 0;

  constructor(client: MqttClient, random: Random) {
    this.#random = random;
    this.#mistakes = new BrokerMistakes(client);
  }

  readonly handle = (): Promise<void> | undefined => {
    const fails = this.#random() < 0.04;
    const ms = between(this.#random, -2, 4);
    if (fails) this.failures++;
    if (ms < 0 && !fails) return undefined;
    return wait(Math.max(ms, 0)).then(() => {
      if (fails) throw new Error('a handler that fails');
    });
  };

  /** What `consume()` emits. */
  readonly note = ({ status, message, acknowledged }: Consumed): void => {
    if (status !== 'done') return;
    const { topic, qos } = message;
    const numbers = this.#done.get(topic) ?? [];
    this.#done.set(topic, numbers);
    const number = Number.parseInt(message.text(), 10);
    if (qos === 2 && numbers.includes(number) && acknowledged && !this.#mistakes.forgive(message)) {
      this.doubled.push(`${topic} ${number}`);
    }
    numbers.push(number);
    this.#done$.next();
  };

  missing(producer: Producer): string[] {
    return producer.topics.flatMap(topic => {
      const done = new Set(this.#done.get(topic));
      const numbers = Array.from({ length: producer.count(topic) }, (_, i) => i);
      return numbers.filter(number => !done.has(number)).map(number => `${topic} ${number}`);
    });
  }

  async untilAll(producer: Producer): Promise<void> {
    while (this.missing(producer).length > 0) await firstValueFrom(this.#done$);
  }
}

/** PUBACKs and PUBRECs of each connection: in the order of their PUBLISHes [MQTT-4.6.0-2, MQTT-4.6.0-3]. */
export class AckOrderCheck {
  readonly #due: Record<'puback' | 'pubrec', number[]> = { puback: [], pubrec: [] };
  readonly wrong: string[] = [];

  constructor(client: MqttClient) {
    client.packet$.pipe(received('connack')).subscribe(() => {
      this.#due.puback = [];
      this.#due.pubrec = [];
    });
    client.packet$.pipe(received('publish')).subscribe(({ qos, packetId }) => {
      if (qos > 0) this.#due[qos === 1 ? 'puback' : 'pubrec'].push(packetId!);
    });
    client.packet$.subscribe(({ direction, packet }) => {
      if (direction !== 'sent' || (packet.cmd !== 'puback' && packet.cmd !== 'pubrec')) return;
      const due = this.#due[packet.cmd].shift();
      if (due !== packet.packetId) this.wrong.push(`${packet.cmd} ${packet.packetId} instead of ${due}`);
    });
  }
}
