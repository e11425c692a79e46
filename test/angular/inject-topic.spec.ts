import { Component, ErrorHandler, InjectionToken, Injector, computed, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { type MqttClient, json } from '../../src/index.js';
import { injectTopic, withToken } from '../../src/angular/index.js';
import { injectMockMqtt, provideMockMqtt } from '../../src/angular/testing/index.js';

describe('injectTopic', () => {
  const reported: unknown[] = [];

  beforeEach(() => {
    reported.length = 0;
    const errorHandler = { handleError: (error: unknown) => void reported.push(error) };
    TestBed.configureTestingModule({
      providers: [provideMockMqtt(), { provide: ErrorHandler, useValue: errorHandler }],
    });
  });

  const here = TestBed.runInInjectionContext.bind(TestBed);
  const filters = () => injectMockMqtt().filters;
  const emit = (topic: string, payload: string) => injectMockMqtt().emit(topic, payload);

  it('is the latest message', () => {
    const latest = here(() => injectTopic('kitchen/light'));
    expect(latest()).to.equal(undefined);
    emit('kitchen/light', 'on');
    emit('kitchen/light', 'off');
    expect(latest()?.text()).to.equal('off');
  });

  it('has the value of decode and the params of named wildcards', () => {
    const latest = here(() => injectTopic('home/+room/temperature', { decode: json<number>() }));
    emit('home/kitchen/temperature', '21.5');
    expect([latest()?.params.room, latest()?.value]).to.deep.equal(['kitchen', 21.5]);
  });

  it('is what scan makes of all messages', () => {
    const sum = here(() =>
      injectTopic('count', { decode: json<number>(), initialValue: 10, scan: (total, { value }) => total + value }),
    );
    expect(sum()).to.equal(10);
    emit('count', '1');
    emit('count', '2');
    expect(sum()).to.equal(13);
  });

  it('begins with the last message when another one has the filter already', () => {
    here(() => injectTopic('kitchen/light'));
    emit('kitchen/light', 'on');
    expect(here(() => injectTopic('kitchen/light'))()?.text()).to.equal('on');
    expect(here(() => injectTopic('kitchen/light', { latest: false }))()).to.equal(undefined);
    expect(filters()).to.deep.equal(['kitchen/light']);
  });

  it('takes another client by its token', () => {
    const TELEMETRY = new InjectionToken<MqttClient>('telemetry');
    TestBed.configureTestingModule({ providers: [provideMockMqtt({}, withToken(TELEMETRY))] });
    const latest = here(() => injectTopic('speed', { token: TELEMETRY }));
    injectMockMqtt(TELEMETRY).emit('speed', '88');
    expect(latest()?.text()).to.equal('88');
    expect(filters()).to.deep.equal([]);
  });

  it('must be called in an injection context, or be given an injector', () => {
    expect(() => injectTopic('a')).to.throw(/NG0203/);
    injectTopic('a', { injector: TestBed.inject(Injector) });
    expect(filters()).to.deep.equal(['a']);
  });

  it('refuses to subscribe each time that a signal is computed', () => {
    const injector = TestBed.inject(Injector);
    expect(computed(() => injectTopic('a', { injector }))).to.throw(/NG0602/);
  });

  describe('with a filter that is a signal', () => {
    it('subscribes to what it says, and to nothing while it is undefined', () => {
      const id = signal<string | undefined>(undefined);
      const latest = here(() => injectTopic(() => id() && `devices/${id()}/state`));
      TestBed.tick();
      expect([latest(), filters()]).to.deep.equal([undefined, []]);

      id.set('7');
      TestBed.tick();
      emit('devices/7/state', 'on');
      expect(latest()?.text()).to.equal('on');
      expect(filters()).to.deep.equal(['devices/7/state']);

      id.set('8');
      TestBed.tick();
      expect(filters()).to.deep.equal(['devices/8/state']);

      id.set(undefined);
      TestBed.tick();
      expect([latest(), filters()]).to.deep.equal([undefined, []]);
    });

    it('never shows the message of one filter for another', () => {
      const id = signal('7');
      const latest = here(() => injectTopic(() => `devices/${id()}/state`));
      TestBed.tick();
      emit('devices/7/state', 'on');
      id.set('8');
      expect(latest(), 'before the effect has run').to.equal(undefined);
      TestBed.tick();
      expect(latest()).to.equal(undefined);
      emit('devices/8/state', 'off');
      expect(latest()?.text()).to.equal('off');
    });

    it('begins anew with scan', () => {
      const id = signal('7');
      const scan = (count: number) => count + 1;
      const count = here(() => injectTopic(() => `devices/${id()}/state`, { initialValue: 0, scan }));
      TestBed.tick();
      emit('devices/7/state', 'on');
      emit('devices/7/state', 'off');
      expect(count()).to.equal(2);
      id.set('8');
      TestBed.tick();
      emit('devices/8/state', 'on');
      expect(count()).to.equal(1);
    });

    it('keeps the subscription while a list has the same filters', () => {
      const order = signal(['a', 'b']);
      const latest = here(() => injectTopic(order));
      TestBed.tick();
      emit('a', '1');
      order.set(['a', 'b']);
      expect(latest()?.text()).to.equal('1');
      order.set(['b', 'a']);
      expect(latest()).to.equal(undefined);
      order.set(['a', 'b', 'c']);
      TestBed.tick();
      expect(filters()).to.deep.equal(['a', 'b', 'c']);
    });
  });

  describe('when the stream ends', () => {
    it('keeps its value, has the error, and tells the ErrorHandler', () => {
      const latest = here(() => injectTopic('a'));
      const other = here(() => injectTopic('b'));
      emit('a', '1');
      injectMockMqtt().fail('a', 0x87);
      expect(latest()?.text()).to.equal('1');
      expect(latest.error()?.code).to.equal('SUBSCRIBE_REFUSED');
      expect(other.error()).to.equal(undefined);
      expect(reported).to.deep.equal([latest.error()]);
    });

    it('has no error any more when the filter is another', () => {
      const id = signal('a');
      const latest = here(() => injectTopic(id));
      TestBed.tick();
      injectMockMqtt().fail('a', 0x87);
      expect(latest.error()?.code).to.equal('SUBSCRIBE_REFUSED');
      id.set('b');
      expect(latest.error()).to.equal(undefined);
    });

    it('shows options that are wrong as an error', () => {
      const latest = here(() => injectTopic('a', { qos: 3 as 2 }));
      expect(latest.error()?.code).to.equal('INVALID_ARGUMENT');
      expect(reported).to.have.length(1);
    });

    it('goes on when a client that was disconnected connects again, with its value', () => {
      const count = here(() => injectTopic('a', { initialValue: 0, scan: n => n + 1 }));
      emit('a', '1');
      injectMockMqtt().close();
      expect(filters()).to.deep.equal([]);
      expect(count.error()).to.equal(undefined);
      injectMockMqtt().setConnection('connected');
      expect(filters()).to.deep.equal(['a']);
      emit('a', '2');
      expect(count()).to.equal(2);
    });

    it('subscribes when a client that is closed is opened', () => {
      injectMockMqtt().close();
      const latest = here(() => injectTopic('a'));
      expect(latest.error()?.code).to.equal('CLIENT_CLOSED');
      injectMockMqtt().setConnection('connected');
      emit('a', '1');
      expect([latest()?.text(), latest.error()]).to.deep.equal(['1', undefined]);
    });
  });

  it('unsubscribes with the component that asked for it', () => {
    const latestOf = (filter: string | (() => string)) => injectTopic(filter);
    const Rooms = Component({ selector: 'rooms', template: '{{ fixed()?.text() }} {{ moved()?.text() }}' })(
      class {
        fixed = latestOf('a');
        moved = latestOf(() => 'b');
      },
    );
    const fixture = TestBed.createComponent(Rooms);
    fixture.detectChanges();
    expect(filters()).to.deep.equal(['a', 'b']);
    emit('a', '1');
    emit('b', '2');
    fixture.detectChanges();
    expect((fixture.nativeElement as HTMLElement).textContent).to.equal('1 2');
    fixture.destroy();
    expect(filters()).to.deep.equal([]);
  });
});
