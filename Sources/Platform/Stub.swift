import Crypto
import JWTKit
import Store
