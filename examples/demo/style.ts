type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
}

const sgr =
  (on: number, off: number): Paint =>
  text =>
    `\x1b[${on}m${text}\x1b[${off}m`;
const asIs: Paint = text => text;

export const coloured: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
};
export const plain: Style = { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs };
