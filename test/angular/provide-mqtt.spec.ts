import { InjectionToken, PLATFORM_ID, createEnvironmentInjector, EnvironmentInjector, inject } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { type ConnectPacket, type MqttClient, mqtt } from '../../src/index.js';
import { injectMqtt, MQTT_CLIENT, provideMqtt, withToken } from '../../src/angular/index.js';
import { virtualBroker } from '../../src/testing/index.js';

const url = 'mqtt://broker';

describe('provideMqtt', () => {
  it('provides a client that opens nothing until something needs the broker', async () => {
    const broker = virtualBroker({ latency: 1 });
    TestBed.configureTestingModule({ providers: [provideMqtt(url, { transport: broker.transport })] });
    const client = TestBed.runInInjectionContext(() => injectMqtt());
    expect(client.connection.status).to.equal('idle');
    await firstValueFrom(client.connect());
    expect(broker.sessions).to.have.length(1);
  });

  it('closes the client with its injector', async () => {
    const broker = virtualBroker({ latency: 1 });
    const parent = TestBed.inject(EnvironmentInjector);
    const injector = createEnvironmentInjector([provideMqtt(url, { transport: broker.transport })], parent);
    const client = injector.get(MQTT_CLIENT);
    await firstValueFrom(client.connect());
    injector.destroy();
    const { status } = await firstValueFrom(client.connection$.pipe(filter(state => state.status === 'closed')));
    expect(status).to.equal('closed');
    expect(broker.sessions).to.deep.equal([]);
  });

  it('asks a factory, which may inject', () => {
    const URL_OF_BROKER = new InjectionToken('url', { factory: () => 'mqtt://from-config' });
    TestBed.configureTestingModule({
      providers: [
        provideMqtt(() => ({
          url: inject(URL_OF_BROKER),
          options: { transport: virtualBroker().transport, reconnect: { jitter: 'none' } },
        })),
      ],
    });
    const states: unknown[] = [];
    const client = TestBed.inject(MQTT_CLIENT);
    client.connection$.subscribe(state => states.push('url' in state ? state.url : state.status));
    client.connect().subscribe();
    expect(states.slice(0, 2)).to.deep.equal(['idle', 'mqtt://from-config']);
  });

  it('provides the client that a factory returns, and closes it with the injector', async () => {
    const client = mqtt(url, { transport: virtualBroker().transport });
    const parent = TestBed.inject(EnvironmentInjector);
    const injector = createEnvironmentInjector([provideMqtt(() => client)], parent);
    const provided = injector.get(MQTT_CLIENT);
    await firstValueFrom(provided.connect());
    expect(client.connection.status).to.equal('connected');
    injector.destroy();
    const { status } = await firstValueFrom(client.connection$.pipe(filter(state => state.status === 'closed')));
    expect(status).to.equal('closed');
  });

  it('creates no client of a factory on a server platform', () => {
    let calls = 0;
    const create = () => {
      calls++;
      return mqtt(url, { transport: virtualBroker().transport });
    };
    TestBed.configureTestingModule({
      providers: [{ provide: PLATFORM_ID, useValue: 'server' }, provideMqtt(create)],
    });
    TestBed.inject(MQTT_CLIENT).connect().subscribe();
    expect(calls).to.equal(0);
  });

  it('runs perAttempt in the injection context', async () => {
    class Auth {
      token = () => Promise.resolve('secret');
    }
    let connect: ConnectPacket | undefined;
    const broker = virtualBroker({ latency: 1, authenticate: packet => ((connect = packet), true) });
    const perAttempt = () => inject(Auth).token().then(password => ({ username: 'web', password })); // prettier-ignore
    TestBed.configureTestingModule({
      providers: [Auth, provideMqtt(url, { transport: broker.transport, perAttempt })],
    });
    await firstValueFrom(TestBed.inject(MQTT_CLIENT).connect());
    expect(connect?.username).to.equal('web');
  });

  it('provides several clients by tokens', () => {
    const TELEMETRY = new InjectionToken<MqttClient>('telemetry');
    TestBed.configureTestingModule({
      providers: [provideMqtt('mqtt://one'), provideMqtt('mqtt://two', {}, withToken(TELEMETRY))],
    });
    const [one, two] = TestBed.runInInjectionContext(() => [injectMqtt(), injectMqtt(TELEMETRY)]);
    expect(one).to.not.equal(two);
    TestBed.runInInjectionContext(() => {
      expect(injectMqtt(TELEMETRY)).to.equal(two);
    });
  });

  it('refuses what mqtt() refuses, when the client is injected', () => {
    TestBed.configureTestingModule({ providers: [provideMqtt(url, { keepalive: -1 })] });
    expect(() => TestBed.inject(MQTT_CLIENT)).to.throw(/keepalive/);
  });

  it('opens nothing on a server platform', () => {
    const broker = virtualBroker();
    TestBed.configureTestingModule({
      providers: [{ provide: PLATFORM_ID, useValue: 'server' }, provideMqtt(url, { transport: broker.transport })],
    });
    const client = TestBed.inject(MQTT_CLIENT);
    client.connect().subscribe();
    client.topic$('a').subscribe();
    expect(client.connection.status).to.equal('idle');
    expect(broker.sessions).to.deep.equal([]);
  });
});
