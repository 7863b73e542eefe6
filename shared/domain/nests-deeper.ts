/** Whether arrays and objects of a JSON value are nested over `levels` levels deep; `[]` and `{}` are one level. */
export function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}
