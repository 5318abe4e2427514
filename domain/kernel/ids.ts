/**
 * Dense numbers: the scheduler gives one to each thing when it first hears of it, and states are tables indexed by them.
 * They are branded, so that a job's number is never taken for a node's. People see them as J12, N3, G7, T1.
 */
declare const brand: unique symbol
type Dense<Name extends string> = number & { readonly [brand]: Name }

export type JobNo = Dense<'JobNo'>
export type NodeNo = Dense<'NodeNo'>
export type GpuNo = Dense<'GpuNo'>
export type TenantNo = Dense<'TenantNo'>
/** A GPU model, such as "H100". */
export type ModelNo = Dense<'ModelNo'>
/** A label of a node: one key with one value. */
export type LabelNo = Dense<'LabelNo'>
/** A job's request for resources; jobs that ask for the same share one. */
export type ShapeNo = Dense<'ShapeNo'>

export const jobNo = (value: number): JobNo => value as JobNo
export const nodeNo = (value: number): NodeNo => value as NodeNo
export const gpuNo = (value: number): GpuNo => value as GpuNo
export const tenantNo = (value: number): TenantNo => value as TenantNo
export const modelNo = (value: number): ModelNo => value as ModelNo
export const labelNo = (value: number): LabelNo => value as LabelNo
export const shapeNo = (value: number): ShapeNo => value as ShapeNo

/** How people see a job's number: J12. */
export const printJob = (job: JobNo): string => `J${job}`
