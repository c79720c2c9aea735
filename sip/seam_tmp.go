package sip

