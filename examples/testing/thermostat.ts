import { type Observable, concatMap, distinctUntilChanged, map } from 'rxjs';
import { type MqttClient, json } from './library.js';

const celsius = json<number>();

/** Switches the heating of a room by its temperature. */
export class Thermostat {
  readonly #mqtt: MqttClient;
  readonly #target: number;

  /** True while the broker can be reached. */
  readonly online$: Observable<boolean>;

  constructor(mqtt: MqttClient, target = 20) {
    this.#mqtt = mqtt;
    this.#target = target;
    this.online$ = mqtt.connection$.pipe(
      map(({ status }) => status === 'connected'),
      distinctUntilChanged(),
    );
  }

  /** Emits what the heating has been told, once the broker has it. */
  control(room: string): Observable<'on' | 'off'> {
    return this.#mqtt.topic$(`${room}/temperature`, { decode: celsius }).pipe(
      map(({ value }) => (value < this.#target ? 'on' : 'off')),
      distinctUntilChanged(),
      concatMap(order => this.#mqtt.publish(`${room}/heating`, order, { qos: 1 }).pipe(map(() => order))),
    );
  }
}
