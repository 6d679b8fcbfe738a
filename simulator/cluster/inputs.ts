/** Every way in which something enters the model from outside. A slice exports its own; here they become one. */

import { type AccountsInputs, accountsInputs } from "./accounts/accounts.ts";
import { type ApiLoginInputs, apiLoginInputs } from "./accounts/api-logins.ts";
import { type CorosyncInputs, corosyncInputs } from "./corosync/corosync-slice.ts";
import { type FilesInputs, filesInputs } from "./files/file-changes.ts";
import { type GuestDiskInputs, guestDiskInputs } from "./guests/guest-disk.ts";
import { type GuestInputs, guestInputs } from "./guests/guest-slice.ts";
import { type HaInputs, haInputs } from "./ha/ha-requests.ts";
import { type HostNetworkInputs, hostNetworkInputs } from "./host-network/node-network.ts";
import { type ReloadTaskInputs, reloadTaskInputs } from "./host-network/reload-task.ts";
import { type ClusterInputs, clusterInputs } from "./join/join-slice.ts";
import { type JournalInputs, journalInputs } from "./journal.ts";
import { type NetworkInputs, networkInputs } from "./network.ts";
import { type ClockInputs, clockInputs } from "./node-settings/clock.ts";
import { type KernelSettingInputs, kernelSettingInputs } from "./node-settings/kernel-settings.ts";
import { type PacketFilterInputs, packetFilterInputs } from "./packet-filter/packet-filter.ts";
import { type PkiInputs, pkiInputs } from "./pki/pki-slice.ts";
import { type PowerInputs, powerInputs } from "./power.ts";
import { type ReplaceNodeInputs, replaceNodeInput } from "./replace-node.ts";
import { type ServiceTaskInputs, serviceTaskInputs } from "./services/service-task.ts";
import { type ServicesInputs, servicesInputs } from "./services/services-slice.ts";
import { type ShutdownInputs, shutdownInputs } from "./shutdown.ts";
import type { LabState } from "./state.ts";
import { type StorageInputs, storageInputs } from "./storage/storage-servers.ts";
import { type StorageConfigInputs, storageConfigInputs } from "./storage/storage-steps.ts";
import { type TasksInputs, tasksInputs } from "./tasks/tasks.ts";
import { type WallClockInputs, wallClockInputs } from "./wall-clock.ts";

/** By input kind: what it takes and what it answers, both plain data. Slices' own types are intersected here. */
export type Inputs = WallClockInputs &
  NetworkInputs &
  KernelSettingInputs &
  ClockInputs &
  HostNetworkInputs &
  ReloadTaskInputs &
  JournalInputs &
  PowerInputs &
  ShutdownInputs &
  CorosyncInputs &
  FilesInputs &
  PkiInputs &
  PacketFilterInputs &
  AccountsInputs &
  ApiLoginInputs &
  ServicesInputs &
  TasksInputs &
  ClusterInputs &
  StorageInputs &
  StorageConfigInputs &
  GuestInputs &
  GuestDiskInputs &
  HaInputs &
  ReplaceNodeInputs &
  ServiceTaskInputs;

export type InputHandlers = { [K in keyof Inputs]: (lab: LabState, args: Inputs[K]["args"]) => Inputs[K]["result"] };

/** Inputs by kind. */
export const inputHandlers: InputHandlers = {
  ...wallClockInputs,
  ...networkInputs,
  ...kernelSettingInputs,
  ...clockInputs,
  ...hostNetworkInputs,
  ...reloadTaskInputs,
  ...journalInputs,
  ...powerInputs,
  ...shutdownInputs,
  ...corosyncInputs,
  ...filesInputs,
  ...pkiInputs,
  ...packetFilterInputs,
  ...accountsInputs,
  ...apiLoginInputs,
  ...servicesInputs,
  ...tasksInputs,
  ...clusterInputs,
  ...storageInputs,
  ...storageConfigInputs,
  ...guestInputs,
  ...guestDiskInputs,
  ...haInputs,
  "lab/replace-node": replaceNodeInput,
  ...serviceTaskInputs,
};
