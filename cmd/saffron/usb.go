package main

type usbBus struct{}
