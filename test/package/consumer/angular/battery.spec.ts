import { TestBed } from '@angular/core/testing';
import { injectMockMqtt, provideMockMqtt } from 'rxjs-mqtt/angular/testing';
import { Battery } from './battery';

describe('Battery', () => {
  beforeEach(() => {
    TestBed.configureTestingModule({ providers: [provideMockMqtt()] });
  });

  it('waits for a message, and follows its device', () => {
    const fixture = TestBed.createComponent(Battery);
    const page = fixture.nativeElement as HTMLElement;
    const mqtt = injectMockMqtt();
    const shown = () => {
      fixture.detectChanges();
      return page.textContent;
    };
    expect(shown()).toContain('Waiting');
    mqtt.emit('devices/1/battery', '87');
    expect(shown()).toContain('87 %');
    fixture.componentInstance.id.set('2');
    expect(shown()).toContain('Waiting');
    mqtt.emit('devices/2/battery', '12');
    expect(shown()).toContain('12 %');
  });
});
