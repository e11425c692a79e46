import { ChangeDetectionStrategy, Component, DOCUMENT, effect, inject, signal } from '@angular/core';

/** The theme is the system's until the user chooses one. The button names the theme that it switches to. */
@Component({
  selector: 'app-theme-toggle',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" class="button" (click)="toggle()">
      <span aria-hidden="true">{{ dark() ? '☀' : '☾' }}</span>
      {{ dark() ? 'Light' : 'Dark' }}
      <span class="hidden">theme</span>
    </button>
  `,
  styles: `
    button {
      display: flex;
      align-items: center;
      gap: 0.5rem;
    }
  `,
})
export class ThemeToggle {
  readonly #root = inject(DOCUMENT).documentElement;
  readonly #chosen = signal(localStorage.getItem('theme'));
  readonly #system = matchMedia('(prefers-color-scheme: dark)');
  readonly #systemDark = signal(this.#system.matches);

  protected dark(): boolean {
    const chosen = this.#chosen();
    return chosen === null ? this.#systemDark() : chosen === 'dark';
  }

  constructor() {
    this.#system.addEventListener('change', ({ matches }) => this.#systemDark.set(matches));
    effect(() => {
      const chosen = this.#chosen();
      if (chosen === null) return;
      this.#root.dataset['theme'] = chosen;
      localStorage.setItem('theme', chosen);
    });
  }

  protected toggle(): void {
    this.#chosen.set(this.dark() ? 'light' : 'dark');
  }
}
