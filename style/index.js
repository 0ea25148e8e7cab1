import './base.css';
import './lint.css';
