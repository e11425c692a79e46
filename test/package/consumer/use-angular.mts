import { InjectionToken, type Signal, signal } from '@angular/core';
import { type MqttClient, json } from 'rxjs-mqtt';
import { injectConnection, injectLatest, injectMqtt, injectTopic, provideMqtt, withToken } from 'rxjs-mqtt/angular';
import { injectMockMqtt, provideMockMqtt } from 'rxjs-mqtt/angular/testing';

const TELEMETRY = new InjectionToken<MqttClient>('telemetry');

export const providers = [provideMqtt('wss://host', { keepalive: 30 }, withToken(TELEMETRY)), provideMockMqtt()];

export class Device {
  readonly id = signal('7');
  readonly state = injectTopic(() => `devices/${this.id()}/state`, { decode: json<{ on: boolean }>() });
  readonly count: Signal<number> = injectTopic('count', { initialValue: 0, scan: n => n + 1 });
  readonly names = (): string[] => injectLatest('devices/+id/state')().map(({ params }) => params.id);
  readonly status = injectConnection(TELEMETRY)().status;
  readonly delivered = injectMqtt().publish('a', 'b');
  readonly on: boolean | undefined = this.state()?.value.on;
}

injectMockMqtt(TELEMETRY).emit('count');
