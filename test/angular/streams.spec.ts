import { AsyncPipe } from '@angular/common';
import { Component } from '@angular/core';
import { takeUntilDestroyed, toSignal } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { map } from 'rxjs';
import { injectMqtt } from '../../src/angular/index.js';
import { injectMockMqtt, provideMockMqtt } from '../../src/angular/testing/index.js';

describe('the streams of an injected client', () => {
  beforeEach(() => TestBed.configureTestingModule({ providers: [provideMockMqtt()] }));

  it('need no help for the async pipe, toSignal and takeUntilDestroyed', async () => {
    const heard: string[] = [];
    const Room = Component({
      selector: 'room',
      imports: [AsyncPipe],
      template: '{{ light$ | async }}, {{ temperature() }} °C',
    })(
      class {
        private readonly mqtt = injectMqtt();
        light$ = this.mqtt.topic$('light').pipe(map(message => message.text()));
        temperature = toSignal(this.mqtt.topic$('temperature').pipe(map(message => message.text())));
        constructor() {
          const message$ = this.mqtt.topic$('alarm').pipe(takeUntilDestroyed());
          message$.subscribe(message => heard.push(message.text()));
        }
      },
    );
    const fixture = TestBed.createComponent(Room);
    fixture.autoDetectChanges();
    const mqtt = injectMockMqtt();
    for (const [topic, payload] of Object.entries({ light: 'on', temperature: '21', alarm: 'fire' })) mqtt.emit(topic, payload); // prettier-ignore
    await fixture.whenStable();
    expect((fixture.nativeElement as HTMLElement).textContent).to.equal('on, 21 °C');
    expect(heard).to.deep.equal(['fire']);

    expect([...mqtt.filters].sort()).to.deep.equal(['alarm', 'light', 'temperature']);
    fixture.destroy();
    expect(mqtt.filters).to.deep.equal([]);
  });
});
