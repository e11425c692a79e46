import { ChangeDetectionStrategy, Component, computed, inject, model, signal } from '@angular/core';
import { Clock } from './clock';
import type { Device } from './device';
import { Devices } from './devices';
import { Sparkline } from '../chart/sparkline';

@Component({
  selector: 'app-device-list',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Sparkline],
  templateUrl: './device-list.html',
  styleUrl: './device-list.css',
})
export class DeviceList {
  /** The id of the device that is shown. */
  readonly selected = model.required<string | undefined>();

  readonly #devices = inject(Devices).all;
  readonly #clock = inject(Clock);
  protected readonly search = signal('');

  protected readonly found = computed(() => {
    const words = this.search().toLowerCase().split(/\s+/);
    return this.#devices().filter(({ name, place, model }) => {
      const text = `${name} ${place} ${model}`.toLowerCase();
      return words.every(word => text.includes(word));
    });
  });

  protected readonly total = computed(() => this.#devices().length);
  protected readonly online = computed(() => this.#devices().filter(({ online }) => online).length);

  /** The Tab key reaches one device of the list; the arrow keys reach the others. */
  protected readonly reachable = computed(() => {
    const found = this.found();
    return (found.find(({ id }) => id === this.selected()) ?? found[0])?.id;
  });

  protected readonly seen = ({ last }: Device): string => (last ? this.#clock.ago(last.at) : 'never');

  protected readonly temperatures = ({ history }: Device) =>
    history.map(({ at, temperature }) => ({ at, value: temperature }));

  protected move(event: KeyboardEvent): void {
    const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll('button')];
    const now = buttons.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const button = buttons[Math.min(Math.max(to, 0), buttons.length - 1)];
    button?.focus();
    button?.click();
  }
}
