package sip

type Secret struct{ HA1MD5, HA1SHA string }
