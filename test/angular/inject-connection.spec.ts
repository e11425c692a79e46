import { ApplicationRef, Component, InjectionToken, effect } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { Subject, defer, firstValueFrom, filter, lastValueFrom, skip } from 'rxjs';
import type { MqttClient } from '../../src/index.js';
import { MQTT_CLIENT, injectConnection, provideMqtt, withToken } from '../../src/angular/index.js';
import { injectMockMqtt, provideMockMqtt } from '../../src/angular/testing/index.js';
import { virtualBroker } from '../../src/testing/index.js';
import { consoleLine$, consoleLines } from '../support/console.js';

describe('injectConnection', () => {
  const here = TestBed.runInInjectionContext.bind(TestBed);

  it('is the state of the connection, and connects nothing', () => {
    TestBed.configureTestingModule({ providers: [provideMockMqtt({ connection: 'idle' })] });
    const connection = here(() => injectConnection());
    expect(connection().status).to.equal('idle');
    injectMockMqtt().setConnection('reconnecting');
    expect(connection()).to.equal(injectMockMqtt().connection);
  });

  it('is that of another client by its token', () => {
    const TELEMETRY = new InjectionToken<MqttClient>('telemetry');
    const telemetry = provideMockMqtt({ connection: 'connecting' }, withToken(TELEMETRY));
    TestBed.configureTestingModule({ providers: [provideMockMqtt(), telemetry] });
    expect(here(() => injectConnection(TELEMETRY)().status)).to.equal('connecting');
  });

  it('goes on when the client is closed and opened again: the mock', () => {
    TestBed.configureTestingModule({ providers: [provideMockMqtt()] });
    const connection = here(() => injectConnection());
    for (const status of ['closed', 'connecting', 'connected', 'closed', 'connected'] as const) {
      injectMockMqtt().setConnection(status);
      expect(connection().status).to.equal(status);
    }
  });

  it('goes on when the client is closed and opened again: a client', async () => {
    const { transport } = virtualBroker({ latency: 1 });
    TestBed.configureTestingModule({ providers: [provideMqtt('mqtt://broker', { transport })] });
    const client = TestBed.inject(MQTT_CLIENT);
    const connection = here(() => injectConnection());
    const seen: string[] = [];
    here(() => effect(() => void seen.push(connection().status)));
    for (let i = 0; i < 2; i++) {
      await firstValueFrom(client.connect());
      expect(connection().status).to.equal('connected');
      await lastValueFrom(client.disconnect(), { defaultValue: undefined });
      expect(connection().status).to.equal('closed');
    }
  });

  it('is a listener: the console is told of failed attempts while no component shows the state', async () => {
    const attempts$ = new Subject<void>();
    const failing = () =>
      defer(() => {
        attempts$.next();
        throw new Error('no');
      });
    const reconnect = { initial: 1, factor: 1 };
    TestBed.configureTestingModule({ providers: [provideMqtt('mqtt://broker', { transport: failing, reconnect })] });
    const Status = Component({ selector: 'status', template: '' })(
      class {
        connection = injectConnection();
      },
    );
    const fixture = TestBed.createComponent(Status);
    const twelve = firstValueFrom(attempts$.pipe(skip(11)));
    TestBed.inject(MQTT_CLIENT)
      .connect()
      .subscribe({ error: () => undefined });
    await twelve;
    expect(consoleLines()).to.deep.equal([]);
    fixture.destroy();
    expect(await firstValueFrom(consoleLine$)).to.include('20 attempts have failed');
  });

  it('shows in a template', async () => {
    const { transport } = virtualBroker({ latency: 1 });
    TestBed.configureTestingModule({ providers: [provideMqtt('mqtt://broker', { transport })] });
    const Status = Component({ selector: 'status', template: '{{ connection().status }}' })(
      class {
        connection = injectConnection();
      },
    );
    const fixture = TestBed.createComponent(Status);
    fixture.autoDetectChanges();
    const client = TestBed.inject(MQTT_CLIENT);
    const connected = firstValueFrom(client.connection$.pipe(filter(({ status }) => status === 'connected')));
    client.connect().subscribe();
    await connected;
    await TestBed.inject(ApplicationRef).whenStable();
    expect((fixture.nativeElement as HTMLElement).textContent).to.equal('connected');
  });
});
