/*
 * Echo: the smallest kernel-mode driver that Windows can load and unload again. It makes no device and touches no
 * hardware; it exists so that a real driver package can be built, submitted and signed without the WDK.
 */
#include <ntddk.h>

static VOID NTAPI EchoUnload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("echo: unloaded\n");
}

static NTSTATUS NTAPI EchoAddDevice(PDRIVER_OBJECT driver, PDEVICE_OBJECT physicalDevice)
{
    UNREFERENCED_PARAMETER(driver);
    UNREFERENCED_PARAMETER(physicalDevice);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNREFERENCED_PARAMETER(registryPath);
    driver->DriverUnload = EchoUnload;
    driver->DriverExtension->AddDevice = EchoAddDevice;
    DbgPrint("echo: loaded\n");
    return STATUS_SUCCESS;
}
