package inputs

// A Scancode is the key that sits at some place of a PC keyboard: the byte that
// scancode set 1 has for pressing it, or 0xe0 and that byte. A is 0x1e, right
// arrow is 0xe04d. What the key means is up to the guest's keyboard layout.
type Scancode uint16

// Keys with a meaning of their own here.
const (
	scrollLockKey Scancode = 0x46
	numLockKey    Scancode = 0x45
	capsLockKey   Scancode = 0x3a
	leftShift     Scancode = 0x2a
	rightAlt      Scancode = 0xe038
)

// Valid reports whether c has the form of a scancode, known or not.
func (c Scancode) Valid() bool {
	prefix, key := c>>8, c&0xff
	return (prefix == 0 || prefix == 0xe0) && 0 < key && key < 0x80
}

// IsLock reports whether c is a lock key.
func (c Scancode) IsLock() bool { return c == scrollLockKey || c == numLockKey || c == capsLockKey }

// down returns the press as KeyCode has it: the first byte lowest.
func (c Scancode) down() uint32 {
	if c>>8 == 0 {
		return uint32(c)
	}
	return uint32(c>>8 | c<<8)
}

// up returns the release as KeyCode has it: bit 7 of the last byte is set.
func (c Scancode) up() uint32 { return (c | 0x80).down() }

// FromEvdev returns the key with the given code of the Linux input system
// . ok
// is false for a code that has no scancode.
func FromEvdev(code uint16) (c Scancode, ok bool) {
	if int(code) < len(evdev) {
		c = evdev[code]
	}
	return c, c != 0
}

// evdev holds the scancodes by evdev code.
var evdev = [256]Scancode{
	1:   0x01,   // ESC
	2:   0x02,   // 1
	3:   0x03,   // 2
	4:   0x04,   // 3
	5:   0x05,   // 4
	6:   0x06,   // 5
	7:   0x07,   // 6
	8:   0x08,   // 7
	9:   0x09,   // 8
	10:  0x0a,   // 9
	11:  0x0b,   // 0
	12:  0x0c,   // MINUS
	13:  0x0d,   // EQUAL
	14:  0x0e,   // BACKSPACE
	15:  0x0f,   // TAB
	16:  0x10,   // Q
	17:  0x11,   // W
	18:  0x12,   // E
	19:  0x13,   // R
	20:  0x14,   // T
	21:  0x15,   // Y
	22:  0x16,   // U
	23:  0x17,   // I
	24:  0x18,   // O
	25:  0x19,   // P
	26:  0x1a,   // LEFTBRACE
	27:  0x1b,   // RIGHTBRACE
	28:  0x1c,   // ENTER
	29:  0x1d,   // LEFTCTRL
	30:  0x1e,   // A
	31:  0x1f,   // S
	32:  0x20,   // D
	33:  0x21,   // F
	34:  0x22,   // G
	35:  0x23,   // H
	36:  0x24,   // J
	37:  0x25,   // K
	38:  0x26,   // L
	39:  0x27,   // SEMICOLON
	40:  0x28,   // APOSTROPHE
	41:  0x29,   // GRAVE
	42:  0x2a,   // LEFTSHIFT
	43:  0x2b,   // BACKSLASH
	44:  0x2c,   // Z
	45:  0x2d,   // X
	46:  0x2e,   // C
	47:  0x2f,   // V
	48:  0x30,   // B
	49:  0x31,   // N
	50:  0x32,   // M
	51:  0x33,   // COMMA
	52:  0x34,   // DOT
	53:  0x35,   // SLASH
	54:  0x36,   // RIGHTSHIFT
	55:  0x37,   // KPASTERISK
	56:  0x38,   // LEFTALT
	57:  0x39,   // SPACE
	58:  0x3a,   // CAPSLOCK
	59:  0x3b,   // F1
	60:  0x3c,   // F2
	61:  0x3d,   // F3
	62:  0x3e,   // F4
	63:  0x3f,   // F5
	64:  0x40,   // F6
	65:  0x41,   // F7
	66:  0x42,   // F8
	67:  0x43,   // F9
	68:  0x44,   // F10
	69:  0x45,   // NUMLOCK
	70:  0x46,   // SCROLLLOCK
	71:  0x47,   // KP7
	72:  0x48,   // KP8
	73:  0x49,   // KP9
	74:  0x4a,   // KPMINUS
	75:  0x4b,   // KP4
	76:  0x4c,   // KP5
	77:  0x4d,   // KP6
	78:  0x4e,   // KPPLUS
	79:  0x4f,   // KP1
	80:  0x50,   // KP2
	81:  0x51,   // KP3
	82:  0x52,   // KP0
	83:  0x53,   // KPDOT
	85:  0x76,   // ZENKAKUHANKAKU
	86:  0x56,   // 102ND
	87:  0x57,   // F11
	88:  0x58,   // F12
	89:  0x73,   // RO
	90:  0x78,   // KATAKANA
	91:  0x77,   // HIRAGANA
	92:  0x79,   // HENKAN
	93:  0x70,   // KATAKANAHIRAGANA
	94:  0x7b,   // MUHENKAN
	95:  0x5c,   // KPJPCOMMA
	96:  0xe01c, // KPENTER
	97:  0xe01d, // RIGHTCTRL
	98:  0xe035, // KPSLASH
	99:  0xe037, // SYSRQ
	100: 0xe038, // RIGHTALT
	101: 0x5b,   // LINEFEED
	102: 0xe047, // HOME
	103: 0xe048, // UP
	104: 0xe049, // PAGEUP
	105: 0xe04b, // LEFT
	106: 0xe04d, // RIGHT
	107: 0xe04f, // END
	108: 0xe050, // DOWN
	109: 0xe051, // PAGEDOWN
	110: 0xe052, // INSERT
	111: 0xe053, // DELETE
	112: 0xe06f, // MACRO
	113: 0xe020, // MUTE
	114: 0xe02e, // VOLUMEDOWN
	115: 0xe030, // VOLUMEUP
	116: 0xe05e, // POWER
	117: 0x59,   // KPEQUAL
	118: 0xe04e, // KPPLUSMINUS
	119: 0xe046, // PAUSE
	120: 0xe00b, // SCALE
	121: 0x7e,   // KPCOMMA
	122: 0x72,   // HANGEUL
	123: 0x71,   // HANJA
	124: 0x7d,   // YEN
	125: 0xe05b, // LEFTMETA
	126: 0xe05c, // RIGHTMETA
	127: 0xe05d, // COMPOSE
	128: 0xe068, // STOP
	129: 0xe005, // AGAIN
	130: 0xe006, // PROPS
	131: 0xe007, // UNDO
	132: 0xe00c, // FRONT
	133: 0xe078, // COPY
	134: 0x64,   // OPEN
	135: 0x65,   // PASTE
	136: 0xe041, // FIND
	137: 0xe03c, // CUT
	138: 0xe075, // HELP
	139: 0xe01e, // MENU
	140: 0xe021, // CALC
	141: 0x66,   // SETUP
	142: 0xe05f, // SLEEP
	143: 0xe063, // WAKEUP
	144: 0x67,   // FILE
	145: 0x68,   // SENDFILE
	146: 0x69,   // DELETEFILE
	147: 0xe013, // XFER
	148: 0xe01f, // PROG1
	149: 0xe017, // PROG2
	150: 0xe002, // WWW
	151: 0x6a,   // MSDOS
	152: 0xe012, // SCREENLOCK
	153: 0x6b,   // DIRECTION
	154: 0xe026, // CYCLEWINDOWS
	155: 0xe06c, // MAIL
	156: 0xe066, // BOOKMARKS
	157: 0xe06b, // COMPUTER
	158: 0xe06a, // BACK
	159: 0xe069, // FORWARD
	160: 0xe023, // CLOSECD
	161: 0x6c,   // EJECTCD
	162: 0xe07d, // EJECTCLOSECD
	163: 0xe019, // NEXTSONG
	164: 0xe022, // PLAYPAUSE
	165: 0xe010, // PREVIOUSSONG
	166: 0xe024, // STOPCD
	167: 0xe031, // RECORD
	168: 0xe018, // REWIND
	169: 0x63,   // PHONE
	171: 0xe001, // CONFIG
	172: 0xe032, // HOMEPAGE
	173: 0xe067, // REFRESH
	176: 0xe008, // EDIT
	177: 0x75,   // SCROLLUP
	178: 0xe00f, // SCROLLDOWN
	179: 0xe076, // KPLEFTPAREN
	180: 0xe07b, // KPRIGHTPAREN
	181: 0xe009, // NEW
	182: 0xe00a, // REDO
	183: 0x5d,   // F13
	184: 0x5e,   // F14
	185: 0x5f,   // F15
	186: 0x55,   // F16
	187: 0xe003, // F17
	188: 0xe077, // F18
	189: 0xe004, // F19
	190: 0x5a,   // F20
	191: 0x74,   // F21
	192: 0xe079, // F22
	193: 0x6d,   // F23
	194: 0x6f,   // F24
	200: 0xe028, // PLAYCD
	201: 0xe029, // PAUSECD
	202: 0xe02b, // PROG3
	203: 0xe02c, // PROG4
	204: 0xe02d, // DASHBOARD
	205: 0xe025, // SUSPEND
	206: 0xe02f, // CLOSE
	207: 0xe033, // PLAY
	208: 0xe034, // FASTFORWARD
	209: 0xe036, // BASSBOOST
	210: 0xe039, // PRINT
	211: 0xe03a, // HP
	212: 0xe03b, // CAMERA
	213: 0xe03d, // SOUND
	214: 0xe03e, // QUESTION
	215: 0xe03f, // EMAIL
	216: 0xe040, // CHAT
	217: 0xe065, // SEARCH
	218: 0xe042, // CONNECT
	219: 0xe043, // FINANCE
	220: 0xe044, // SPORT
	221: 0xe045, // SHOP
	222: 0xe014, // ALTERASE
	223: 0xe04a, // CANCEL
	224: 0xe04c, // BRIGHTNESSDOWN
	225: 0xe054, // BRIGHTNESSUP
	226: 0xe06d, // MEDIA
	227: 0xe056, // SWITCHVIDEOMODE
	228: 0xe057, // KBDILLUMTOGGLE
	229: 0xe058, // KBDILLUMDOWN
	230: 0xe059, // KBDILLUMUP
	231: 0xe05a, // SEND
	232: 0xe064, // REPLY
	233: 0xe00e, // FORWARDMAIL
	234: 0xe055, // SAVE
	235: 0xe070, // DOCUMENTS
	236: 0xe071, // BATTERY
	237: 0xe072, // BLUETOOTH
	238: 0xe073, // WLAN
	239: 0xe074, // UWB
}
