import {
  Component,
  EnvironmentInjector,
  ErrorHandler,
  type Resource,
  createEnvironmentInjector,
  signal,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { type MqttMessage, json } from '../../src/index.js';
import { topicResource } from '../../src/angular/index.js';
import { injectMockMqtt, provideMockMqtt } from '../../src/angular/testing/index.js';

describe('topicResource', () => {
  beforeEach(() => {
    const errorHandler = { handleError: () => undefined };
    TestBed.configureTestingModule({
      providers: [provideMockMqtt(), { provide: ErrorHandler, useValue: errorHandler }],
    });
  });

  const here = TestBed.runInInjectionContext.bind(TestBed);
  const filters = () => injectMockMqtt().filters;
  /** Streams are subscribed again after the turn in which they were unsubscribed. */
  const nextTurn = () => new Promise(resolve => setImmediate(resolve));
  const emit = (topic: string, payload: string) => injectMockMqtt().emit(topic, payload);

  it('loads until the first message, which is its value', () => {
    const light = here(() => topicResource('rooms/+room/light', { decode: json<{ on: boolean }>() }));
    expect([light.status(), light.isLoading(), light.hasValue(), light.value()]).to.deep.equal([
      'loading',
      true,
      false,
      undefined,
    ]);
    emit('rooms/kitchen/light', '{"on":true}');
    expect([light.status(), light.isLoading(), light.hasValue()]).to.deep.equal(['resolved', false, true]);
    expect([light.value()?.params.room, light.value()?.value.on]).to.deep.equal(['kitchen', true]);
    expect(light.snapshot()).to.deep.include({ status: 'resolved', value: light.value() });
  });

  it('can be passed where Angular wants a Resource', () => {
    const resource: Resource<MqttMessage<undefined> | undefined> = here(() => topicResource('a'));
    emit('a', 'x');
    expect(resource.value()?.text()).to.equal('x');
  });

  it('is idle while its filter is undefined, and starts again when it changes', () => {
    const id = signal<string | undefined>(undefined);
    const state = here(() => topicResource(() => id() && `devices/${id()}`));
    TestBed.tick();
    expect([state.status(), state.reload(), filters()]).to.deep.equal(['idle', false, []]);

    id.set('7');
    expect(state.status()).to.equal('loading');
    TestBed.tick();
    emit('devices/7', 'on');
    expect([state.status(), state.value()?.text()]).to.deep.equal(['resolved', 'on']);

    id.set('8');
    expect([state.status(), state.value()]).to.deep.equal(['loading', undefined]);
    TestBed.tick();
    expect(filters()).to.deep.equal(['devices/8']);
  });

  it('has the error when the broker refuses the filter, and keeps its value', () => {
    const state = here(() => topicResource('a'));
    emit('a', 'x');
    injectMockMqtt().fail('a', 0x87);
    expect(state.status()).to.equal('error');
    expect(state.error()?.code).to.equal('SUBSCRIBE_REFUSED');
    expect([state.value()?.text(), state.isLoading()]).to.deep.equal(['x', false]);
    expect(state.snapshot()).to.deep.include({ status: 'error', error: state.error() });
  });

  for (const [name, source] of [
    ['a filter', 'a'],
    ['a signal', () => 'a'],
  ] as const) {
    it(`subscribes again when it is reloaded, with ${name}`, async () => {
      const sent: string[] = [];
      injectMockMqtt().packet$.subscribe(({ direction, packet }) => {
        if (direction === 'sent' && packet.cmd.endsWith('subscribe')) sent.push(packet.cmd);
      });
      const state = here(() => topicResource(source, { latest: false }));
      TestBed.tick();
      await nextTurn();
      emit('a', 'x');
      expect(state.reload()).to.equal(true);
      expect([state.status(), state.isLoading(), state.value()?.text()]).to.deep.equal(['reloading', true, 'x']);
      TestBed.tick();
      await nextTurn();
      expect(sent).to.deep.equal(['subscribe', 'unsubscribe', 'subscribe']);
      emit('a', 'y');
      expect([state.status(), state.value()?.text(), filters()]).to.deep.equal(['resolved', 'y', ['a']]);
    });
  }

  it('is not subscribed again after its injector is destroyed', async () => {
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    const state = topicResource('a', { injector });
    injector.destroy();
    expect(state.reload()).to.equal(false);
    await nextTurn();
    expect([filters(), state.status()]).to.deep.equal([[], 'loading']);
  });

  it('loads again after an error', async () => {
    const state = here(() => topicResource('a'));
    injectMockMqtt().fail('a', 0x87);
    state.reload();
    expect([state.status(), state.error()]).to.deep.equal(['loading', undefined]);
    await nextTurn();
    emit('a', 'x');
    expect(state.status()).to.equal('resolved');
  });

  it('shows its status in a template', async () => {
    @Component({
      template: `@switch (light.status()) {
        @case ('loading') {
          waiting
        }
        @case ('resolved') {
          {{ light.value()?.text() }}
        }
      }`,
    })
    class Light {
      readonly light = topicResource('light');
    }
    const fixture = TestBed.createComponent(Light);
    fixture.detectChanges();
    await fixture.whenStable();
    const element = fixture.nativeElement as HTMLElement;
    expect(element.textContent.trim()).to.equal('waiting');
    emit('light', 'on');
    fixture.detectChanges();
    await fixture.whenStable();
    expect(element.textContent.trim()).to.equal('on');
    fixture.destroy();
    expect(filters()).to.deep.equal([]);
  });
});
