import './base.css';
import './deployments.css';
import './earlier.css';
import './engines.css';
import './log.css';
import './marks.css';
import './packages.css';
import './problems.css';
