/** Text that others wrote, made safe to print: it must not be able to move the cursor, recolour or retitle somebody's terminal. */

const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g

export const clean = (text: string): string => text.replace(CONTROLS, '?')
