import { literal } from './source-text.js';

/** The name of the file of the first component, and of its tag behind the prefix. */
export const COMPONENT = 'mqtt-topic';

/** The name of its class. */
export const CLASS = 'MqttTopic';

/** The path of its route in an application that has routes. */
export const ROUTE = 'mqtt';

/** The route of the component, as code. */
export const route = (path: string, from: string): string =>
  `{ path: ${literal(path)}, loadComponent: () => import(${literal(from)}).then(({ ${CLASS} }) => ${CLASS}) }`;

/** The tag of the component in an application with this prefix. */
export const tag = (prefix: string): string => `${prefix}-${COMPONENT}`;

/** The file of the component. */
export const component = (prefix: string, topic: string): string => `import { Component } from '@angular/core';
import { injectConnection, injectMqtt, injectTopic } from 'rxjs-mqtt/angular';

/** Shows the latest message of a topic, and publishes to it. */
@Component({
  selector: '${tag(prefix)}',
  template: \`
    <h2>{{ topic }}</h2>
    <p>Connection: {{ connection().status }}</p>
    @if (message(); as message) {
      <p>{{ message.text() }}</p>
    } @else {
      <p>No message has arrived yet.</p>
    }
    <button type="button" (click)="publish()">Publish a message</button>
  \`,
})
export class ${CLASS} {
  private readonly mqtt = injectMqtt();

  protected readonly topic = ${literal(topic)};
  protected readonly connection = injectConnection();
  protected readonly message = injectTopic(this.topic);

  protected publish(): void {
    this.mqtt.publish(this.topic, \`Hello at \${new Date().toLocaleTimeString()}\`).subscribe();
  }
}
`;

/** The file of its test, for Vitest and Jasmine. */
export const test = (topic: string): string => `import { TestBed } from '@angular/core/testing';
import { injectMockMqtt, provideMockMqtt } from 'rxjs-mqtt/angular/testing';
import { ${CLASS} } from './${COMPONENT}';

describe('${CLASS}', () => {
  beforeEach(() => {
    TestBed.configureTestingModule({ providers: [provideMockMqtt()] });
  });

  it('shows the latest message', () => {
    const fixture = TestBed.createComponent(${CLASS});
    const page = fixture.nativeElement as HTMLElement;

    injectMockMqtt().emit(${literal(topic)}, 'It works');
    fixture.detectChanges();
    expect(page.textContent).toContain('It works');
  });

  it('publishes', () => {
    const fixture = TestBed.createComponent(${CLASS});
    (fixture.nativeElement as HTMLElement).querySelector('button')?.click();
    expect(injectMockMqtt().published.map(({ topic }) => topic)).toEqual([${literal(topic)}]);
  });
});
`;
