import { GLYPH_WIDTH, glyph } from './font.ts';

/** A picture of at most 256 colours: one index into the palette per pixel, row by row. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export function createRaster(width: number, height: number): Raster {
  return { width, height, pixels: new Uint8Array(width * height) };
}

function setPixel({ width, height, pixels }: Raster, x: number, y: number, color: number): void {
  if (x >= 0 && x < width && y >= 0 && y < height) pixels[y * width + x] = color;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A straight line (Bresenham). `dash`: pixels drawn, then as many left out; 0 draws all. */
export function drawLine(raster: Raster, from: Point, to: Point, color: number, dash = 0): void {
  let [x, y] = [Math.round(from.x), Math.round(from.y)];
  const [toX, toY] = [Math.round(to.x), Math.round(to.y)];
  const [stepX, stepY] = [x < toX ? 1 : -1, y < toY ? 1 : -1];
  const [spanX, spanY] = [Math.abs(toX - x), -Math.abs(toY - y)];
  let error = spanX + spanY;
  for (let drawn = 0; ; drawn++) {
    if (dash === 0 || Math.floor(drawn / dash) % 2 === 0) setPixel(raster, x, y, color);
    if (x === toX && y === toY) return;
    const doubled = 2 * error;
    if (doubled >= spanY) {
      error += spanY;
      x += stepX;
    }
    if (doubled <= spanX) {
      error += spanX;
      y += stepY;
    }
  }
}

/** Pixels from one character to the next. */
export const ADVANCE = GLYPH_WIDTH + 1;

/** Text with its upper left corner at a point. */
export function drawText(raster: Raster, text: string, at: Point, color: number): void {
  let { x } = at;
  for (const character of text) {
    for (const [column, bits] of glyph(character).entries()) {
      for (let row = 0; bits >> row > 0; row++)
        if ((bits >> row) & 1) setPixel(raster, Math.round(x) + column, Math.round(at.y) + row, color);
    }
    x += ADVANCE;
  }
}
