import { ApplicationRef, Component, Injector, NgZone, afterEveryRender } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { EMPTY, Observable, filter, firstValueFrom, lastValueFrom, of, take, toArray } from 'rxjs';
import type { MqttOptions } from '../../src/index.js';
import { injectMqtt, injectTopic, MQTT_CLIENT, provideMqtt } from '../../src/angular/index.js';
import { type VirtualBroker, virtualBroker } from '../../src/testing/index.js';

const zoned = process.env.ZONE === 'zone.js';

describe(`an application ${zoned ? 'with' : 'without'} zone.js`, () => {
  let broker: VirtualBroker;
  beforeEach(() => {
    broker = virtualBroker({ latency: 1 }); // by timers, in the zone of who called
  });

  const provide = (options: MqttOptions = {}) =>
    TestBed.configureTestingModule({
      providers: [provideMqtt('mqtt://broker', { transport: broker.transport, ...options })],
    });
  const connect = () => inZone(() => firstValueFrom(TestBed.inject(MQTT_CLIENT).connect()));
  /** As an event of the page would. */
  const inZone = <T>(task: () => T) => TestBed.inject(NgZone).run(task);
  const packets = (direction: 'received' | 'sent', cmd: string, count: number) =>
    lastValueFrom(
      broker.packet$.pipe(
        filter(event => event.direction === direction && event.packet.cmd === cmd),
        take(count),
      ),
    );

  it('is stable while it is connected, and after it has been cut off', async () => {
    provide({ reconnect: { initial: 60_000, jitter: 'none' } });
    const application = TestBed.inject(ApplicationRef);
    inZone(() => TestBed.runInInjectionContext(() => injectTopic('a')));
    await connect();
    await application.whenStable();
    expect(await firstValueFrom(application.isStable)).to.equal(true);

    broker.cut();
    const states$ = TestBed.inject(MQTT_CLIENT).connection$;
    await firstValueFrom(states$.pipe(filter(({ status }) => status === 'reconnecting')));
    await application.whenStable();
    expect(await firstValueFrom(application.isStable)).to.equal(true);
  });

  it('does not detect changes for pings', async () => {
    provide({ keepalive: 1 });
    await connect();
    await TestBed.inject(ApplicationRef).whenStable();
    const renders = countRenders();
    await packets('sent', 'pingresp', 2); // the first has been read by now
    expect(renders()).to.equal(0);
  });

  it('detects changes once for many messages of a signal', async () => {
    provide();
    const fixture = TestBed.createComponent(
      Component({ selector: 'count', template: '{{ latest()?.text() }}' })(
        class {
          latest = injectTopic('count');
        },
      ),
    );
    fixture.autoDetectChanges();
    await connect();
    await subscribed('count');
    await TestBed.inject(ApplicationRef).whenStable();
    const shown = shows(fixture.nativeElement as HTMLElement, '100');
    const renders = countRenders();
    for (let i = 1; i <= 100; i++) broker.publish('count', String(i));
    await shown;
    expect(renders()).to.equal(1);
  });

  it('shows a plain property that a subscriber sets, with zone.js', async function () {
    if (!zoned) return this.skip();
    provide();
    const fixture = TestBed.createComponent(
      Component({ selector: 'plain', template: '{{ text }}' })(
        class {
          text = '';
          constructor() {
            injectMqtt()
              .topic$('plain')
              .subscribe(message => (this.text = message.text()));
          }
        },
      ),
    );
    fixture.autoDetectChanges();
    await connect();
    await subscribed('plain');
    const shown = shows(fixture.nativeElement as HTMLElement, 'hello');
    broker.publish('plain', 'hello');
    await shown;
    expect((fixture.nativeElement as HTMLElement).textContent).to.equal('hello');
  });

  it('is called back inside the zone, by streams and by handlers', async function () {
    if (!zoned) return this.skip();
    const where: Record<string, boolean> = {};
    const note = (name: string) => (where[name] = NgZone.isInAngularZone() && where[name] !== false);
    provide({
      clean: false,
      clientId: 'one',
      perAttempt: () => {
        note('perAttempt');
        return of({});
      },
    });
    const client = TestBed.inject(MQTT_CLIENT);
    inZone(() => {
      client.connection$.subscribe(() => note('connection$'));
      client.respond('ask', () => (note('handler'), 'reply')).subscribe(() => note('respond'));
      client.consume('work', () => (note('consumer'), EMPTY)).subscribe(() => note('consume'));
    });
    await connect();
    await inZone(() => firstValueFrom(client.request('ask')));
    const message$ = new Observable<{ topic: string }>(subscriber => {
      note('source');
      subscriber.next({ topic: 'work' });
      subscriber.complete();
    });
    await inZone(() => lastValueFrom(message$.pipe(client.publishAll({ qos: 1 }), toArray())));
    await inZone(() => lastValueFrom(client.publishAll([{ topic: 'work' }], { qos: 1 })));
    await inZone(() => lastValueFrom(client.disconnect(), { defaultValue: undefined }));
    expect(where).to.deep.equal({
      perAttempt: true,
      connection$: true,
      handler: true,
      respond: true,
      consumer: true,
      consume: true,
      source: true,
    });
  });

  it('leaves errors as they are', async () => {
    provide();
    await connect();
    const refused = firstValueFrom(TestBed.inject(MQTT_CLIENT).publish('a/#'));
    expect(await refused.catch((error: unknown) => error)).to.have.property('code', 'INVALID_ARGUMENT');
    await TestBed.inject(MQTT_CLIENT)[Symbol.asyncDispose]();
    expect(TestBed.inject(MQTT_CLIENT).connection.status).to.equal('closed');
  });

  const afterRender = (callback: () => void) => afterEveryRender(callback, { injector: TestBed.inject(Injector) });

  /** How often changes have been detected since. */
  function countRenders(): () => number {
    let count = 0;
    afterRender(() => count++);
    TestBed.tick();
    count = 0;
    return () => count;
  }

  const shows = (element: HTMLElement, text: string) =>
    new Promise<void>(resolve => {
      afterRender(() => {
        if (element.textContent === text) resolve();
      });
    });

  const subscribed = async (topic: string) => {
    if (!broker.sessions.some(({ filters }) => filters.includes(topic))) await packets('sent', 'suback', 1);
  };
});
